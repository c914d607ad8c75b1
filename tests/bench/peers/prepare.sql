-- What the works are run on: sites in the order of a Hilbert curve, their degrees
-- as our program has them, everything indexed, counted and in memory.
\set ON_ERROR_STOP on
CREATE TABLE at (num integer, lon float8, lat float8);
\copy at FROM pstdin WITH (FORMAT csv)
CREATE TABLE sites AS
  SELECT a.num, s.*, ST_SetSRID(ST_Point(a.lon, a.lat), 4326) AS g43,
    ST_Transform(ST_SetSRID(ST_Point(a.lon, a.lat), 4326), 3857) AS g38
  FROM s JOIN at a ON a.num = substr(s.id, 2)::integer ORDER BY s.geom;
ALTER TABLE sites ALTER COLUMN g43 TYPE geometry(Point, 4326),
  ALTER COLUMN g38 TYPE geometry(Point, 3857);
CREATE UNIQUE INDEX ON sites (num);
CREATE INDEX ON sites USING gist (geom);
CREATE INDEX ON sites USING gist (g43);
CREATE INDEX ON sites USING gist (g38);
CREATE INDEX ON areas USING gist (geom);
CREATE TABLE b AS SELECT *, ST_Transform(geom, 3857) AS g38 FROM shapes ORDER BY geom;
CREATE INDEX ON b USING gist (g38);
VACUUM ANALYZE;
CREATE EXTENSION IF NOT EXISTS pg_prewarm;
SELECT sum(pg_prewarm(c.oid)) FROM pg_class c JOIN pg_namespace n
  ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'i');
