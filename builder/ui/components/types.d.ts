// What the components' Python sides and browser/*.js say to each other, and what each component remembers from run to run.

/** What Streamlit hands over at each run. */
export interface Streamlit {
  parentElement: HTMLElement;
  data: Uint8Array;
  setTriggerValue(name: 'event', reports: Report[]): void;
}

// ---- the page -------------------------------------------------------------------------------------------------------

/** What Python says at each run; see channel.py. */
export interface Page {
  visit: string;
  serial: number;
  answered: number; // the newest report that Python has carried out
  page: string; // the name of its content
  contents: Record<string, Node>; // those that are new, by their names
  file: File | null;
}

export interface File {
  number: number;
  name: string;
  mime: string;
  base64: string;
}

/** A place's content: its kind, its key, its data, and the names of what is in it. */
export type Node = [kind: string, key: string, data: any, inside: string[]];

/** A place's element, with the name of the content that was last written into it. */
export type Drawn = HTMLElement & { content?: string };

/** How a kind of place is made and written. */
export interface KindOfPlace {
  html: string; // what it begins with
  always?: boolean; // is it written at each run?
  listen?(element: Drawn, report: (event: object) => void): void;
  /** `unanswered`: was something done in it since? */
  write(element: Drawn, data: any, key: string, inside: Node[], unanswered: boolean): void;
  place?(element: Drawn): HTMLElement; // where other places go
}

/** A script that draws a part with a root of its own. */
export interface Part {
  html: string;
  default(component: Component): void;
}

/** What such a part gets. */
export interface Component {
  root: ShadowRoot;
  part: string; // its key
  data: any;
  cable: Cable;
}

/** What a person did to the layer at `path` and to `others`; of a move, `to` is its new place and `depth` in how many blocks. */
export interface Gesture {
  type: 'select' | 'insert' | 'toggle' | 'move' | 'remove' | 'duplicate' | 'wrap' | 'unwrap';
  path: string;
  to?: number;
  depth?: number;
  others?: string[];
  kind?: string | undefined;
}

/** What was entered in the field, or done with the button, of this name; null takes a refused entry back. */
export interface Entry {
  name: string;
  value: string | boolean | null;
}

/** As wire.js numbers it: what was done in the part of this key, and which page was seen when it was said. */
export type Report = { n: number; part: string; seen?: number };

/** What all parts of a page share: see wire.js. */
export interface Cable {
  outbox: Report[]; // what has not been answered
  newest: number; // of the reports
  seen: number; // of the pages
  repeats: number; // of what is unanswered
  patience: ReturnType<typeof setTimeout> | undefined;
  waiting: Set<Wire<any>>; // parts whose newest data is not drawn yet
  trigger: Streamlit['setTriggerValue'];
}

/** What every part remembers. */
export interface Wire<Data> {
  root: ShadowRoot;
  part: string;
  data: Data;
  cable: Cable;
  draw(): void;
  busy: boolean; // in the middle of a gesture: nothing is drawn
}

// ---- the list of layers ---------------------------------------------------------------------------------------------

/** One layer; see `Row` in layer_list.py. */
export interface Row {
  path: string;
  title: string;
  subtitle: string;
  shapes: string;
  parameters: string;
  share: number;
  family: string;
  problem: string | null;
  pale: boolean;
  fixed: boolean;
  depth: number;
  group: boolean;
  open: boolean;
}

/** What a row's place depends on. */
export type Placed = Pick<Row, 'path' | 'title' | 'depth' | 'group' | 'open'>;

export interface Place {
  to: number; // among all layers but those that move
  depth: number;
}

export interface ListData {
  rows: Row[];
  selected: string;
  labels: Record<
    | 'list'
    | 'parameters'
    | 'remove'
    | 'duplicate'
    | 'up'
    | 'down'
    | 'moved'
    | 'removed'
    | 'marked'
    | 'remove_all'
    | 'duplicate_all'
    | 'wrap'
    | 'wrap_all'
    | 'open'
    | 'close'
    | 'unmark'
    | 'unwrap',
    string
  >;
  colors: Record<string, string>;
  wraps: [kind: string, label: string][];
  height: string;
}

/** A row's element, with the row, and with what was last written into it. */
export type Li = HTMLLIElement & { row: Row; text: string | null };

export interface ListMe extends Wire<ListData> {
  list: HTMLElement;
  live: HTMLElement;
  template: HTMLTemplateElement;
  toolbar: HTMLElement;
  offered: string | null; // the blocks in the toolbar
  marks: Set<string>; // paths of the rows that are chosen together
  anchor: string | null; // path of the row that a range of them begins with
  current: string | null; // path of the row that Tab reaches
  selected: string | null;
  touched: boolean; // a finger marks
}

// ---- the drawing ----------------------------------------------------------------------------------------------------

export interface Point {
  x: number;
  y: number;
}

export interface Line {
  edge: SVGGraphicsElement;
  title: string;
  from: Point;
  to: Point;
  ends: string[];
}

export interface DrawingData {
  svg: string;
  nodes: Record<string, string>; // the path that a node selects, by its title
  blocks: Record<string, boolean>; // is the block open?
  selected: string;
  tips: Record<string, string>;
  label: string;
  description: string;
  labels: Record<'zoom_in' | 'zoom_out' | 'fit' | 'insert' | 'open' | 'close', string>;
  inserts: boolean;
  height: string;
}

export interface DrawingMe extends Wire<DrawingData> {
  viewport: HTMLElement;
  tip: HTMLElement;
  drawing: SVGSVGElement;
  svg: string | null; // what is drawn
  inserts: boolean | null;
  selected: string | null;
  nodes: Map<string, SVGGraphicsElement>; // all by their titles
  buttons: Map<string, SVGGraphicsElement>; // the "+" behind a node
  toggles: Map<string, SVGGraphicsElement>; // what opens and closes a block
  lines: Line[];
  size: { width: number; height: number; text: number } | null; // in the drawing's own units
  zoom: number | null; // that a person chose
  factor: number; // pixels a unit
  lit: string | null;
  reading: ReturnType<typeof setTimeout> | undefined; // until the tip of a tap goes
}

// ---- panels ---------------------------------------------------------------------------------------------------------

interface PartOf<Type extends string> {
  type: Type;
  name: string;
  inside: Item[];
}

interface Text extends PartOf<'text'> {
  text: string;
  css: string;
  role: string;
}

interface Button extends PartOf<'button'> {
  label: string;
  sign: string;
  shortcut: string;
  main: boolean;
  disabled: boolean;
  small: boolean;
  hidden: boolean;
  every: number; // ms
}

interface Field<Type extends string, Value> extends PartOf<Type> {
  label: string;
  value: Value;
  help?: string;
  refused?: string;
  bare?: boolean;
  width?: string;
}

interface Slider extends Field<'slider', string> {
  min: number;
  max: number;
  step: number;
}

interface Choice<Type extends string> extends Field<Type, string | null> {
  of: [value: string, label: string][];
  placeholder?: string;
  groups?: Record<string, string>;
}

interface Pages extends Choice<'pages'> {
  first: string;
}

interface View extends Choice<'view'> {
  tags?: Record<string, string>;
}

interface Cells extends PartOf<'cells'> {
  label: string;
  cells: [index: number | null, text: string, shade: number, tip: string][];
  value: string;
  dense: boolean;
  fixed: boolean;
}

interface Plane extends PartOf<'plane'> {
  label: string;
  side: number;
  levels: string;
  color: string;
  reach: number;
  x: number;
  y: number;
  across: string;
  up: string;
}

type FileField = PartOf<'file'> & { label: string; suffix: string; most: number; bytes: boolean };
type Numeric = Field<'number', string> & { step: number };
type Switch = Field<'switch', boolean>;
type Phrase = PartOf<'phrase'> & { parts: [text: string, css: string][] };

export type Item =
  | PartOf<'brand'>
  | FileField
  | (PartOf<'heading'> & { text: string })
  | Text
  | PartOf<'space'>
  | PartOf<'card'>
  | PartOf<'line'>
  | Button
  | Numeric
  | Field<'word', string>
  | Slider
  | Switch
  | Choice<'choice'>
  | Choice<'action'>
  | Pages
  | View
  | Phrase
  | Cells
  | Plane;

export type ItemOf<Type extends Item['type']> = Extract<Item, { type: Type }>;

/** An item that was made, with the newest of its data. */
export type Made<Of extends Item = Item> = HTMLElement & { item: Of };

/** How the items of a kind are made, listened to, and brought up to date. */
export interface Kind<Of extends Item = Item> {
  html: string;
  listen?(me: PanelMe, element: Made<Of>): void;
  write?(me: PanelMe, element: Made<Of>, item: Of): void;
}

export type Kinds<Types extends Item['type'] = Item['type']> = { [Type in Types]: Kind<ItemOf<Type>> };

export interface PanelData {
  layout: 'form' | 'bar';
  items: Item[];
}

export interface PanelMe extends Wire<PanelData> {
  body: HTMLElement;
  tip: HTMLElement | null;
  typing: HTMLElement | null; // the field in which something is being typed
  waiting: Entry | null; // the newest entry of a drag
}

// ---- tables ---------------------------------------------------------------------------------------------------------

export interface TableData {
  head: string[];
  rows: { path: string; cells: string[] }[];
  selected: string;
  label: string;
}

export interface TableMe extends Wire<TableData> {
  table: HTMLTableElement;
  head: HTMLTableSectionElement;
  body: HTMLTableSectionElement;
  scroller: HTMLElement;
  shown: string | null;
}

// ---- training -------------------------------------------------------------------------------------------------------

/** What was measured after an epoch: its number, its step, the mean loss of its steps; loss and score on rows trained on; in validation. */
export type Measured = number[];

/** What is seen of a run at a moment: see training/watch.py. */
export interface Frame {
  step: number;
  total: number;
  epoch: number;
  lr: number;
  goes_on: boolean;
  shelf: number[]; // steps that one can go back to
  said: [en: string, zh: string];
  end: { kind: string; path: string; said: Record<string, string> } | null;
  curve: { epochs: (number | null)[][] };
  points?: Points | null;
  plane?: {
    side: number;
    x: [number, number];
    y: [number, number];
    winner?: string;
    sure?: string;
    values?: string;
    low?: number;
    high?: number;
  } | null;
  gradients?: { name: string; norm: number | null; ratio: number | null }[];
  layers?: { path: string; dead: number | null; saturated: number | null }[];
  weights?: { name: string; low: number; high: number; counts: number[] }[];
  classes?: { confusion: number[][]; right: (number | null)[]; names: string[] } | null;
  wrong?: { row: number; step?: number; answer: number; given: number | null; right?: number | null }[];
}

/** The rows of the data as points of the plane. */
export interface Points {
  x: number[];
  y: number[];
  answers: number[];
  train: boolean[];
}

export interface TrainingData {
  address: string; // of the way to the run
  language: string;
  labels: Record<string, string>;
  said: string; // the curves in words, with places for numbers
  views: Record<string, [name: string, label: string][]>; // what can be looked at, by place
  columns: string[];
  classes: string[];
  colors: string[]; // of the classes
  across: number;
  up: number;
  per_epoch: number;
  baseline: number | null;
  others: { name: string; epochs: (number | null)[][] }[];
}

export interface TrainingMe extends Wire<TrainingData> {
  socket: WebSocket | null;
  address: string;
  frame: Frame | null;
  epochs: Measured[];
  points: Points | null;
  chosen: Record<string, string>; // what is looked at, by place
  tries: number; // to reach the run
  told: number; // ms, when the text was last written
  refused: string;
}
