-- Every contact finished in the period that somebody worked on, with the seconds of all its engagements, after-work
-- included. A contact with several reasons has a row for each, with an equal part of the time.
SELECT contact.id, contact.id AS about, contact.channel, coalesce(link.reason_key, '') AS reason, '' AS team,
       contact.finished_at AS at, (worked.seconds / count(*) OVER (PARTITION BY contact.id))::float8 AS value
FROM contacts_contact contact
JOIN LATERAL (
    SELECT sum(extract(epoch FROM ended_at - started_at)) AS seconds FROM contacts_engagement
    WHERE contact_id = contact.id AND ended_at IS NOT NULL
) worked ON worked.seconds IS NOT NULL
LEFT JOIN LATERAL (
    SELECT DISTINCT reason_key FROM contacts_contactreason WHERE contact_id = contact.id
) link ON true
WHERE contact.brand_id = ANY(%(brands)s) AND contact.state = 'finished'
  AND contact.finished_at >= %(start)s AND contact.finished_at < %(end)s
