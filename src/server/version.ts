/** Written in by the bundler; from the sources there is none. Dashboards read it as LiteLLM's. */
export const version: string = process.env.MODELPORT_VERSION ?? '0.0.0';
