/**
 * Undici's agents, loaded when one is needed: by their own paths, since its index brings fetch, WebSocket, caches and mocks
 * too (a tenth of the package). The index also gives every dispatcher its methods, which proxies are reached with.
 */
import api from 'undici/lib/api/index.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';

Object.assign(Dispatcher.prototype, api);

export { Agent, EnvHttpProxyAgent };
