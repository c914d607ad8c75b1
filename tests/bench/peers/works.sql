-- One work a section, as `compare` reads it: "-- name:" and the statement. :n is
-- the sample, :part and the like are filled in. 400.00000006 m lies between 400 m
-- and the next distance that coordinates in centimetres can have.

-- name: join
SELECT count(a.code) FROM areas a JOIN sites s ON ST_Covers(a.geom, s.geom)

-- name: join-out
SELECT s.num, min(a.code) FROM areas a JOIN sites s ON ST_Covers(a.geom, s.geom) GROUP BY s.num ORDER BY s.num

-- name: join-edge
SELECT count(*) FILTER (WHERE NOT EXISTS (SELECT FROM areas a WHERE ST_DWithin(ST_Boundary(a.geom), s.geom, 0.05))) FROM sites s WHERE s.num IN (:list)

-- name: nearest
SELECT count(*), sum(ST_Distance(a.geom, b.geom)) FROM sites a, LATERAL (SELECT o.geom FROM sites o WHERE o.partner <> a.partner ORDER BY o.geom <-> a.geom LIMIT 1) b WHERE a.num <= :n AND a.num % 2 = :part

-- name: nearest-out
SELECT a.num, floor(round((ST_Distance(a.geom, b.geom) * 1000)::numeric, 4)) FROM sites a, LATERAL (SELECT o.geom FROM sites o WHERE o.partner <> a.partner ORDER BY o.geom <-> a.geom LIMIT 1) b WHERE a.num <= :n ORDER BY a.num

-- name: counts
SELECT count(*), sum(b.n) FROM sites a, LATERAL (SELECT count(*) AS n FROM sites o WHERE ST_DWithin(o.geom, a.geom, 400.00000006)) b WHERE a.num <= :n AND a.num % 2 = :part

-- name: counts-out
SELECT a.num, b.n FROM sites a, LATERAL (SELECT count(*) AS n FROM sites o WHERE ST_DWithin(o.geom, a.geom, 400.00000006)) b WHERE a.num <= :n ORDER BY a.num

-- name: circles
SELECT o.num, o.partner, ST_Distance(o.geom, a.geom) FROM sites a, sites o WHERE a.num = :i AND ST_DWithin(o.geom, a.geom, 800.00000003)

-- name: circles-out
SELECT a.num, count(*), round(sum(ST_Distance(o.geom, a.geom))::numeric, 3) FROM sites a, sites o WHERE a.num BETWEEN 1 AND 200 AND ST_DWithin(o.geom, a.geom, 800.00000003) GROUP BY a.num ORDER BY a.num

-- name: filter
SELECT count(*) FROM sites WHERE partner = 'council' AND tenure = 'freehold' AND floor_area_m2 > 2000 AND name LIKE '%Library%'

-- name: filter-out
SELECT num FROM sites WHERE partner = 'council' AND tenure = 'freehold' AND floor_area_m2 > 2000 AND name LIKE '%Library%' ORDER BY num

-- name: items
SELECT length(string_agg(format('{"type":"Feature","id":%s,"geometry":{"type":"Point","coordinates":[%s,%s]},"properties":{"local_ref":"%s","name":"%s","partner":"%s","use":"%s","tenure":"%s","floor_area_m2":%s}}', num, ST_X(g43), ST_Y(g43), id, name, partner, use, tenure, floor_area_m2), ',')) FROM (SELECT * FROM sites WHERE g43 && ST_MakeEnvelope(:box, 4326) LIMIT 1010) t

-- name: items-out
SELECT '[' || string_agg(format('{"type":"Feature","id":%s,"geometry":{"type":"Point","coordinates":[%s,%s]},"properties":{"local_ref":"%s","name":"%s","partner":"%s","use":"%s","tenure":"%s","floor_area_m2":%s}}', num, ST_X(g43), ST_Y(g43), id, name, partner, use, tenure, floor_area_m2), ',') || ']' FROM (SELECT * FROM sites WHERE g43 && ST_MakeEnvelope(:box, 4326) LIMIT 1010) t

-- name: sites-tile
SELECT ST_AsMVT(t, 'sites', 4096, 'g', 'num') FROM (SELECT num, partner, use, energy_band, ST_AsMVTGeom(g38, ST_TileEnvelope(:z, :x, :y), 4096, 0, true) AS g FROM sites WHERE g38 && ST_TileEnvelope(:z, :x, :y)) t

-- name: sites-in-tile
SELECT count(*) FROM sites, ST_TileEnvelope(:z, :x, :y) e WHERE ST_X(g38) >= ST_XMin(e) AND ST_X(g38) < ST_XMax(e) AND ST_Y(g38) > ST_YMin(e) AND ST_Y(g38) <= ST_YMax(e)

-- name: shapes-tile
SELECT ST_AsMVT(t, 'shapes', 4096, 'g', 'ogc_fid') FROM (SELECT ogc_fid, use, energy_band, floor_area_m2, ST_AsMVTGeom(g38, ST_TileEnvelope(:z, :x, :y), 4096, 64, true) AS g FROM b WHERE g38 && ST_TileEnvelope(:z, :x, :y, margin => 0.015625)) t

-- name: batch-out
SELECT num, class FROM batch_class ORDER BY num

-- name: gb-join
SELECT count(*) FROM gb_areas a JOIN gb_points s ON ST_Covers(a.geom, s.geom)
