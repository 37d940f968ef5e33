-- Every case closed in the period, with the seconds from its opening to its end.
SELECT id, id AS about, channel, reason_key AS reason, '' AS team,
       closed_at AS at, extract(epoch FROM closed_at - opened_at)::float8 AS value
FROM cases_case
WHERE brand_id = ANY(%(brands)s) AND state = 'closed' AND closed_at >= %(start)s AND closed_at < %(end)s
