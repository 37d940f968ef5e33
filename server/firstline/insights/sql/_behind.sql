-- The contacts or cases behind a figure, a page of them; {rank} says what stands on top. The same facts as the figure's.
WITH facts AS MATERIALIZED ({facts}),
chosen AS (
    SELECT * FROM facts
    WHERE (%(channel)s::text IS NULL OR channel = %(channel)s) AND (%(reason)s::text IS NULL OR reason = %(reason)s)
      AND (%(team)s::text IS NULL OR team = %(team)s)
),
units AS (SELECT id, min(about::text)::uuid AS about, min(at) AS at, {together}(value) AS value FROM chosen GROUP BY id),
ranked AS (SELECT id, about, at, value, ({rank})::float8 AS rank FROM units WHERE %(value)s::float8 IS NULL OR value = %(value)s)
SELECT id, about, at, value, rank FROM ranked
WHERE %(after_rank)s::float8 IS NULL OR (rank, id) < (%(after_rank)s, %(after_id)s)
ORDER BY rank DESC, id DESC LIMIT %(limit)s
