-- Every case opened in the period.
SELECT id, id AS about, channel, reason_key AS reason, '' AS team, opened_at AS at, 1.0::float8 AS value
FROM cases_case
WHERE brand_id = ANY(%(brands)s) AND opened_at >= %(start)s AND opened_at < %(end)s
