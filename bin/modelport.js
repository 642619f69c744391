#!/usr/bin/env node
var version = process.versions.node.split('.').map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 18)) {
  console.error('modelport needs Node 20.18.1 or newer; this is Node ' + process.versions.node);
  process.exit(1);
}
import('../dist/cli/main.js');
