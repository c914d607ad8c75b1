-- Half of the sites: who is within 400 m, and how far the nearest of another
-- partner is.
\set ON_ERROR_STOP on
DROP TABLE IF EXISTS :"into";
CREATE TABLE :"into" AS
  SELECT s.num, n.near, ST_Distance(s.geom, o.geom) AS next_m
  FROM sites s,
    LATERAL (SELECT count(*) - 1 AS near FROM sites o
      WHERE ST_DWithin(o.geom, s.geom, 400.00000006)) n,
    LATERAL (SELECT o.geom FROM sites o WHERE o.partner <> s.partner
      ORDER BY o.geom <-> s.geom LIMIT 1) o
  WHERE s.num % 2 = :part;
