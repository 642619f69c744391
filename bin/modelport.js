#!/usr/bin/env node
// In a syntax that old versions of Node can read, so that they can say what they lack.
var version = process.versions.node.split('.').map(Number);
var number = version[0] * 1e6 + version[1] * 1e3 + version[2];
if (number < 20018001) {
  console.error(`modelport needs Node 20.18.1 or newer; this is Node ${process.versions.node}`);
  process.exit(1);
}
const pieces = require('./load.js');
process.once('exit', pieces.keep);
pieces.load(require('node:path').join(__dirname, '../dist/cli/main.js'));
