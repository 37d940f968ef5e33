-- Every case opened in the period whose reason is a complaint: 1 when it is still open, otherwise 0.
SELECT id, id AS about, channel, reason_key AS reason, '' AS team,
       opened_at AS at, CASE WHEN state = 'open' THEN 1.0 ELSE 0.0 END::float8 AS value
FROM cases_case
WHERE brand_id = ANY(%(brands)s) AND reason_key IN (SELECT key FROM procedures_reason WHERE kind = 'complaint')
  AND opened_at >= %(start)s AND opened_at < %(end)s
