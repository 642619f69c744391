/** What the scripted model does with the tools of each agent: nine turns with calls, and the last words. */

const mended = 'export function sum(a, b) {\n  return a + b;\n}\n';

/** The same session for all: `tools` say how each thing is called. */
function session({ read, list, run, edit, write }) {
  return (project) => {
    const at = (name) => `${project}/${name}`;
    return [
      { think: 'First I look at the file.', say: 'I look at it.', calls: [read(at('sum.js'))] },
      { think: 'Two things at once.', calls: [read(at('notes.txt')), list(project)] },
      { think: 'A minus.', say: 'It subtracts.', calls: [edit(at('sum.js'), 'return a - b;', 'return a + b;')] },
      {
        think: 'Does it run?',
        say: 'I try it.',
        calls: [run('node -e "import(\'./sum.js\').then((m) => console.log(m.sum(2, 3)))"')],
      },
      { think: 'Now a new file.', calls: [write(at('test.txt'), 'Hello "quotes", \\ and\nünïcödé 東京 🙂\n')] },
      { think: 'A command that fails.', say: 'Now one that fails.', calls: [run('cat missing.txt')] },
      { think: 'Is it there?', calls: [run('cat test.txt'), run('wc -l notes.txt')] },
      { say: 'Naïve “quotes” – and 🙂.', calls: [read(at('sum.js'))] },
      { think: 'Nearly done.', say: 'One last look.', calls: [list(project)] },
      { think: 'Done.', say: `sum.js now adds:\n\n${mended}` },
    ];
  };
}

const sandboxed = { IS_SANDBOX: '1', CI: '1' };

export const agentSteps = {
  claude: {
    tool: 'Edit',
    args: (prompt) => ['-p', prompt, '--dangerously-skip-permissions'],
    env: { ...sandboxed, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', MAX_THINKING_TOKENS: '4000' },
    steps: session({
      read: (file_path) => ['Read', { file_path }],
      list: (folder) => ['Bash', { command: `ls ${folder}`, description: 'List files' }],
      run: (command) => ['Bash', { command, description: 'Run it' }],
      edit: (file_path, old_string, new_string) => ['Edit', { file_path, old_string, new_string }],
      write: (file_path, content) => ['Write', { file_path, content }],
    }),
  },
  codex: {
    tool: 'exec_command',
    args: (prompt) => [
      'exec',
      '--skip-git-repo-check',
      '--dangerously-bypass-approvals-and-sandbox',
      '-c',
      'model_reasoning_effort="high"',
      prompt,
    ],
    env: {},
    steps: session({
      read: (file) => ['exec_command', { cmd: `cat ${file}` }],
      list: (folder) => ['exec_command', { cmd: `ls ${folder}` }],
      run: (cmd) => ['exec_command', { cmd }],
      edit: (file, before, after) => ['exec_command', { cmd: `sed -i 's/${before}/${after}/' ${file}` }],
      write: (file, content) => ['exec_command', { cmd: `cat > ${file} <<'EOF'\n${content}EOF` }],
    }),
  },
  gemini: {
    tool: 'replace',
    args: (prompt) => ['--yolo', '--skip-trust', '-p', prompt],
    env: { GEMINI_CLI_TRUST_WORKSPACE: 'true' },
    steps: session({
      read: (file_path) => ['read_file', { file_path }],
      list: (dir_path) => ['list_directory', { dir_path }],
      run: (command) => ['run_shell_command', { command, description: 'Run it' }],
      edit: (file_path, old_string, new_string) => [
        'replace',
        { file_path, instruction: 'Add', old_string, new_string },
      ],
      write: (file_path, content) => ['write_file', { file_path, content }],
    }),
  },
  opencode: {
    tool: 'edit',
    args: (prompt) => ['run', '--pure', '--auto', prompt],
    env: { OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_LSP_DOWNLOAD: '1' },
    steps: session({
      read: (filePath) => ['read', { filePath }],
      list: (path) => ['bash', { command: `ls ${path}`, description: 'List files' }],
      run: (command) => ['bash', { command, description: 'Run it' }],
      edit: (filePath, oldString, newString) => ['edit', { filePath, oldString, newString }],
      write: (filePath, content) => ['write', { filePath, content }],
    }),
  },
  qwen: {
    tool: 'edit',
    args: (prompt) => ['-y', '-p', prompt],
    env: { QWEN_TELEMETRY_ENABLED: 'false' },
    steps: session({
      read: (file_path) => ['read_file', { file_path }],
      list: (path) => ['list_directory', { path }],
      run: (command) => ['run_shell_command', { command, is_background: false, description: 'Run it' }],
      edit: (file_path, old_string, new_string) => ['edit', { file_path, old_string, new_string }],
      write: (file_path, content) => ['write_file', { file_path, content }],
    }),
  },
};
