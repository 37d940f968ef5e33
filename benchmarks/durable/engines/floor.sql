\set id random(1, 100000)
BEGIN;
SELECT body FROM instance WHERE id = :id FOR UPDATE;
WITH state AS (UPDATE instance SET body = body, step = step + 1 WHERE id = :id), history AS (INSERT INTO fact (instance_id, body) SELECT :id, b FROM unnest(ARRAY['{"fact": "TaskCompleted", "element_id": "register", "completed_by": ""}', '{"fact": "ElementLeft", "element_id": "register", "flow_ids": ["register_lookup"]}', '{"fact": "ElementEntered", "element_id": "lookup", "flow_id": "register_lookup"}']::jsonb[]) AS b) INSERT INTO job (instance_id, body) VALUES (:id, '{"type": "op_lookup", "element_id": "lookup"}');
COMMIT;
