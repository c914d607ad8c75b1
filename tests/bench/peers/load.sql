-- The estate as PostGIS takes it at its best: one COPY a file into typed columns
-- with the point made on the way, then the index and what the planner wants.
\set ON_ERROR_STOP on
DROP TABLE IF EXISTS s;
CREATE TABLE s (
  id text, name text, partner text, uprn bigint, postcode text,
  easting float8, northing float8, use text, tenure text,
  floor_area_m2 float8, condition text, condition_date date,
  utilisation_pct float8, energy_band text, status text, updated date,
  geom geometry(Point, 27700) GENERATED ALWAYS AS
    (ST_SetSRID(ST_Point(easting, northing), 27700)) STORED);
\copy s (id, name, partner, uprn, postcode, easting, northing, use, tenure, floor_area_m2, condition, condition_date, utilisation_pct, energy_band, status, updated) FROM pstdin WITH (FORMAT csv, HEADER)
CREATE INDEX ON s USING gist (geom);
ANALYZE s;
