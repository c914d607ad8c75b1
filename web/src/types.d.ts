/* What the server says, and what the modules hand one another. */

export type LonLat = [number, number];
export type Box = [number, number, number, number]; /* w, s, e, n */

export interface Organisation {
  code: string;
  name: string;
  formerly: string[];
  aliases: string[]; /* short names, former codes */
  successor: { name: string; since: string; aliases: string[] } | null;
}

export interface Partner {
  name: string;
  organisations: Organisation[];
  sites: number;
  located: number;
  asked: string | null;
  layers: string[];
}

export interface Area {
  code: string;
  name: string;
  bbox: Box;
  label: LonLat;
}

export interface AreaSet {
  id: string;
  set: string;
  vintage: string;
  vintage_name: string | null;
  label: string;
  title: string;
  latest: boolean;
  n: number;
  areas: Area[]; /* none when they are too many to list */
}

export interface Layer {
  id: string;
  title: string;
  kind: string;
  draw: string | null;
  geometry: 'point' | 'line' | 'polygon' | 'none';
  licence: string | null;
  attribution: string | null;
  vintage: string | null;
  as_of: string | null;
  illustrative: boolean;
  rows: number;
  set: string | null; /* of areas */
}

export interface Place {
  title: string;
  purpose: string | null;
  contact: string | null;
  audience: string;
  version: string;
  as_of: string;
  extent: Box | null;
  footprints: boolean; /* some sites have an outline */
  focus: { set: string; name: string; bbox: Box } | null;
  partners: Partner[];
  area_sets: AreaSet[];
  layers: Layer[];
  classes: { class: string; definition: string | null; sites: number }[];
  not_classified_yet: number;
  run: { rules: string; version: string } | null;
  sites: number;
  without_point: number;
  accuracy: { metres: number; has_grid: boolean; operation: string } | null;
}

/** A property of the sites, as the server describes it. */
export interface Property {
  title?: string;
  description?: string;
  type?: string;
  [key: string]: unknown;
}

export type Values = Record<string, unknown>;

export interface Feature {
  id: string;
  geometry: { type: string; coordinates: LonLat } | null;
  properties: Values;
}

/** One site, as the table, the tray and the search see it. */
export interface Row {
  id: string;
  name: string;
  partner: string;
  class: string;
  status: string;
  postcode: string;
  uprn: string;
  address: string;
  point: LonLat | null;
  areas: Record<string, string>; /* area set's id -> area's name */
  certainty: string;
  source: string; /* of its position */
  text: string; /* all of it in small letters, for finding */
}

export interface State {
  position: { zoom: number; lat: number; lon: number } | null;
  off: string[]; /* partners switched off */
  hidden: string[]; /* classes switched off */
  site: string | null;
  vintage: string | null; /* of the area sets; null: the latest */
  pane: Pane;
  words: string; /* that the table is narrowed to */
}

export type Pane = 'legend' | 'table' | 'tray' | 'list' | 'site';

export interface Store {
  get(): State;
  set(patch: Partial<State>): void;
  on(listener: (now: State, before: State) => void): void;
}

/** A list that a click or a link opens: a stack, the sites that moved. */
export interface SiteList {
  title: string;
  note: string;
  items: { row: Row; note: string }[];
}

/** What every part of the page is given. */
export interface Context {
  place: Place;
  rows: Row[];
  byId: Map<string, Row>;
  properties: Record<string, Property>;
  store: Store;
  sets: ShownSets;
  hover(id: string | null): void;
  show(list: SiteList): void;
  goTo(box: Box): void;
}

/** Which area sets the map draws, and how. */
export interface ShownSets {
  main: AreaSet | null; /* large names; the focus lies in it */
  fine: AreaSet | null; /* small names within */
  outer: AreaSet | null; /* the edge of the place */
}

/** A number, or one for each of several zooms. */
export type ByZoom = number | number[][];

/** One entry of style.json. */
export interface StyleEntry {
  type: string; /* background, fill, line, circle, name, sign, ring */
  of?: string; /* paper, ground, context, fine, main, alone, site, sites */
  id?: string;
  draw?: string; /* of context */
  geometry?: string; /* point, line, polygon, shape: no point, other: no polygon */
  part?: string; /* of the main areas: focus, rest */
  minzoom?: number;
  maxzoom?: number;
  color: string; /* or the name of one */
  opacity?: ByZoom;
  width?: ByZoom;
  dash?: number[]; /* in widths */
  round?: boolean | 'join';
  inside?: boolean; /* of the shape's edge */
  crisp?: boolean;
  radius?: ByZoom;
  edge?: string;
  'edge-width'?: ByZoom;
  size?: ByZoom; /* of names in points; of signs, as a factor */
  font?: string;
  halo?: string;
  'halo-width'?: number;
  lines?: number; /* how long a line may be, in ems */
  padding?: number;
  away?: number[]; /* how far a name may stand off, in ems */
  below?: number;
  around?: number;
  along?: number; /* a line: a name each so many points */
  bend?: number; /* degrees from letter to letter */
  capitals?: boolean;
  'letter-spacing'?: number;
  always?: boolean;
}

/* ---- a site with its reasons: src/classify/README.md of the service ---- */

export interface Fact {
  name: string;
  title: string;
  value?: unknown;
  unit?: string;
  layer?: string;
  as_of?: string;
  bound?: string;
  note?: string;
}

export interface Criterion {
  id: string;
  title: string;
  weight: number;
  value?: unknown;
  unit?: string;
  item?: string;
  score: number | null;
  adds?: number;
  source?: string;
  reason?: string;
  illustrative?: boolean;
  facts?: Fact[];
}

export interface Axis {
  score: number | null;
  coverage: number;
  criteria: Criterion[];
}

export interface Gate {
  id: string;
  result: 'hit' | 'not hit' | 'unknown';
  decides?: string;
  floor?: string;
  flag?: string;
  reason?: string;
  source?: string;
  until?: string;
  facts?: Fact[];
}

export interface Missing {
  title: string;
  criterion?: string;
  gate?: string;
  titles?: string[];
  why?: string;
  could?: string[];
  flag?: string;
}

export interface Explanation {
  class: string;
  possible?: string[];
  basis?: string;
  declared?: boolean;
  reason?: string;
  definition?: string;
  flags?: string[];
  rules?: { name: string; version: string; title: string; note?: string };
  as_of?: string;
  coverage?: number;
  criteria?: { known: number; of: number };
  gates?: Gate[];
  axes?: Record<string, Axis>;
  missing?: Missing[];
  aged?: { title: string; value: unknown; date: string; years: number }[];
  shown?: { id: string; title: string; value?: unknown }[];
}

export interface Occupation {
  organisation?: string;
  formerly?: string;
  partner?: string;
  title?: string;
  as_of: string | null;
  missing_since: string | null;
  illustrative?: boolean;
  source?: string;
  source_row?: number;
  facts?: Fact[];
}

export interface SiteFacts {
  site_id: string;
  name: string | null;
  partner: string | null;
  class: string | null;
  class_status: string | null;
  class_reason: string | null;
  position: { lon: number; lat: number; precision_m: number;
    source?: string } | null;
  areas: { set: string; label: string; vintage: string; name?: string;
    certainty: string }[];
  facts: Fact[];
  occupations: Occupation[];
  explanation: Explanation | null;
}
