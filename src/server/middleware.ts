/** The pass-through's library, loaded with the first native request: only a static import finds CommonJS names in a bundle. */
export { createProxyMiddleware } from 'http-proxy-middleware';
