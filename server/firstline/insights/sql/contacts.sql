-- Every contact that a customer made in the period; a row per reason, and one with an empty reason where none is known.
SELECT contact.id, contact.id AS about, contact.channel, coalesce(link.reason_key, '') AS reason, '' AS team,
       contact.received_at AS at, 1.0::float8 AS value
FROM contacts_contact contact
LEFT JOIN LATERAL (
    SELECT DISTINCT reason_key FROM contacts_contactreason WHERE contact_id = contact.id
) link ON true
WHERE contact.brand_id = ANY(%(brands)s) AND contact.direction = 'in' AND NOT contact.is_automatic
  AND contact.received_at >= %(start)s AND contact.received_at < %(end)s
