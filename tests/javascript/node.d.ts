// What the tests take from Node; its own types would also change the browser's.
declare module 'node:test';
declare module 'node:assert/strict';
