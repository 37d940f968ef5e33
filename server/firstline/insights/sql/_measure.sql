-- What a figure's facts come to: in all, and by channel, day, reason and team. A fact is a row for a unit (a contact, a
-- case, a task) and one of its reasons or teams; {together} makes a unit's value of them again.
WITH facts AS MATERIALIZED ({facts}),
units AS (SELECT id, min(channel) AS channel, min(at) AS at, {together}(value) AS value FROM facts GROUP BY id),
cells AS (
    SELECT '' AS dimension, '' AS key, value, at FROM units
    UNION ALL SELECT 'channel', channel, value, at FROM units
    UNION ALL SELECT 'day', to_char(at AT TIME ZONE %(zone)s, 'YYYY-MM-DD'), value, at FROM units
    UNION ALL SELECT 'reason', reason, value, at FROM facts
    UNION ALL SELECT 'team', team, value, at FROM facts
)
SELECT dimension, key, count(*), sum(value), avg(value),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY value), percentile_cont(0.9) WITHIN GROUP (ORDER BY value), min(at)
FROM cells GROUP BY dimension, key
