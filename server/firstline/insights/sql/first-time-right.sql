-- Every contact of the period that is old enough to judge, of a known customer, with a row per reason: 1 when that
-- customer didn't make contact again on the same reason within the days, otherwise 0.
SELECT contact.id, contact.id AS about, contact.channel, link.reason_key AS reason, '' AS team, contact.received_at AS at,
       CASE WHEN EXISTS (
           SELECT FROM contacts_contact later
           JOIN contacts_contactreason again ON again.contact_id = later.id AND again.reason_key = link.reason_key
           WHERE later.customer_id = contact.customer_id AND later.direction = 'in' AND NOT later.is_automatic
             AND (later.received_at, later.id) > (contact.received_at, contact.id)
             AND later.received_at <= contact.received_at + make_interval(days => %(repeat_days)s)
       ) THEN 0.0 ELSE 1.0 END::float8 AS value
FROM contacts_contact contact
CROSS JOIN LATERAL (
    SELECT DISTINCT reason_key FROM contacts_contactreason WHERE contact_id = contact.id
) link
WHERE contact.brand_id = ANY(%(brands)s) AND contact.direction = 'in' AND NOT contact.is_automatic
  AND contact.customer_id IS NOT NULL AND contact.received_at <= %(old_enough)s
  AND contact.received_at >= %(start)s AND contact.received_at < %(end)s
