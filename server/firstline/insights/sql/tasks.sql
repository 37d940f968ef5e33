-- Every step that waits for a person now, with the seconds it has waited; a row per team that may do it.
SELECT task.id, cases.id AS about, cases.channel, cases.reason_key AS reason, coalesce(team.key, '') AS team,
       task.created_at AS at, extract(epoch FROM %(now)s - task.created_at)::float8 AS value
FROM processes_task task
JOIN cases_case cases ON cases.id = task.business_id
LEFT JOIN LATERAL unnest(task.candidate_groups) AS team (key) ON true
WHERE task.state = 'open' AND cases.brand_id = ANY(%(brands)s)
