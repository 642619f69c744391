import fc from 'fast-check';

// CI repeats one walk through the laws, so that red means a change broke something; elsewhere every run explores anew.
if (process.env['CI'] !== undefined) fc.configureGlobal({ seed: 20_261_122 });
