/** A notebook as Jupyter writes it, with everything that dinnb has no place of its own for. */
export const JUPYTER = {
  cells: [
    {
      attachments: { 'plot.png': { 'image/png': 'iVBORw==' } },
      cell_type: 'markdown',
      id: 'intro',
      metadata: { slideshow: { slide_type: 'slide' }, collapsed: false },
      source: ['# Title\n', '![plot](attachment:plot.png)'],
    },
    {
      cell_type: 'code',
      execution_count: 3,
      id: 'plot-1',
      metadata: {
        execution: {
          'iopub.execute_input': '2023-11-14T22:13:20.000000Z',
          'shell.execute_reply': '2023-11-14T22:13:21.500000Z',
        },
        jupyter: { source_hidden: true },
        tags: ['figure', 'slow'],
      },
      outputs: [
        { name: 'stdout', output_type: 'stream', text: ['one\n', 'two\n'] },
        {
          data: { 'image/png': 'iVBORw==', 'text/plain': ['<Figure size 640x480>'] },
          metadata: { 'image/png': { height: 480, width: 640 }, needs_background: 'light' },
          output_type: 'display_data',
        },
        {
          data: { 'application/json': { list: ['a', 'b'], n: 1 }, 'text/html': ['<b>\n', 'x</b>'], 'text/plain': '3' },
          execution_count: 2,
          metadata: { 'application/json': { expanded: true } },
          output_type: 'execute_result',
        },
      ],
      source: ['import numpy as np\n', 'plot()'],
    },
    {
      cell_type: 'code',
      execution_count: 4,
      id: 'fails',
      metadata: { scrolled: true },
      outputs: [
        {
          ename: 'ValueError',
          evalue: 'no',
          output_type: 'error',
          traceback: ['Traceback\n  line 1', 'ValueError: no'],
        },
        { name: 'log', output_type: 'stream', text: 'a third stream' },
        { data: {}, metadata: {}, output_type: 'display_data' },
      ],
      source: 'raise ValueError("no")',
    },
    { cell_type: 'raw', id: 'latex', metadata: { raw_mimetype: 'text/latex' }, source: ['\\newpage\n', '\n', 'x'] },
  ],
  metadata: {
    authors: [{ name: 'Ada' }],
    kernelspec: { display_name: 'Python 3 (ipykernel)', language: 'python', name: 'python3' },
    language_info: { codemirror_mode: { name: 'ipython', version: 3 }, name: 'python', version: '3.12.1' },
    title: 'A study',
  },
  nbformat: 4,
  nbformat_minor: 5,
};
