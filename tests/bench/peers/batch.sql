-- The whole batch: areas, two measures, scores, classes - rules.yaml in SQL. The
-- measures run in two processes (batch-part.sql, :part 0 and 1) before this.
\set ON_ERROR_STOP on
SET max_parallel_workers_per_gather = 0;
DROP TABLE IF EXISTS batch_area, batch_class;
CREATE TABLE batch_area AS
  SELECT s.num, min(a.code) AS code FROM areas a JOIN sites s
    ON ST_Covers(a.geom, s.geom) GROUP BY s.num;
CREATE TABLE batch_class AS
  SELECT m.num, r.code, CASE
    WHEN s.use = 'land' THEN 'not-applicable'
    WHEN score.need >= 600000 AND score.fitness >= 50 THEN 'key'
    WHEN score.need < 300000 AND score.fitness < 60
      AND NOT m.next_m > 150 THEN 'surplus'
    ELSE 'core' END AS class
  FROM sites s JOIN (SELECT * FROM batch_0 UNION ALL SELECT * FROM batch_1) m
    USING (num) LEFT JOIN batch_area r USING (num),
  LATERAL (SELECT
    50 * 100 * (CASE s.use WHEN 'office' THEN 20 WHEN 'library' THEN 80
      WHEN 'school' THEN 100 WHEN 'depot' THEN 10 WHEN 'clinic' THEN 90
      WHEN 'housing' THEN 40 WHEN 'station' THEN 70 WHEN 'leisure' THEN 50 END)
    + 50 * least(m.near * 10, 10000) AS need,
    CASE s.energy_band WHEN 'A' THEN 100 WHEN 'B' THEN 90 WHEN 'C' THEN 70
      WHEN 'D' THEN 50 WHEN 'E' THEN 30 WHEN 'F' THEN 10 ELSE 0 END AS fitness
  ) score;
