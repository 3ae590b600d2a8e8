// Fields of cells on a canvas: the code in four colours, the activation as a heat-map.

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** As wide as 64 cells; few enough dimensions give fewer. */
function grid(canvas, n) {
  const columns = Math.min(64, 2 ** Math.ceil(Math.log2(Math.sqrt(n) * 1.6)));
  const cell = Math.max(4, Math.floor(640 / columns));
  canvas.width = columns * cell;
  canvas.height = Math.ceil(n / columns) * cell;
  return { columns, cell };
}

function each(canvas, n, paint) {
  const { columns, cell } = grid(canvas, n);
  const context = canvas.getContext('2d');
  for (let d = 0; d < n; d++) paint(context, d, (d % columns) * cell, Math.floor(d / columns) * cell, cell);
}

/** The code; with another beside it, cells that differ get a mark. */
export function drawCode(canvas, symbols, other) {
  const colours = ['--a', '--b', '--c', '--d'].map(colour), mark = colour('--differs');
  each(canvas, symbols.length, (context, d, x, y, cell) => {
    context.fillStyle = colours[symbols[d]];
    context.fillRect(x, y, cell, cell);
    if (other && other[d] !== symbols[d]) {
      const inset = Math.floor(cell / 3);
      context.fillStyle = mark;
      context.fillRect(x + inset, y + inset, cell - 2 * inset, cell - 2 * inset);
    }
  });
}

/** From the most negative to the most positive, zero as the card's own colour. */
export function drawActivation(canvas, activation) {
  const most = activation.reduce((m, x) => Math.max(m, Math.abs(x)), 0) || 1;
  const negative = colour('--a'), positive = colour('--d'), ground = colour('--card');
  each(canvas, activation.length, (context, d, x, y, cell) => {
    context.globalAlpha = 1;
    context.fillStyle = ground;
    context.fillRect(x, y, cell, cell);
    context.globalAlpha = Math.min(1, Math.abs(activation[d]) / most) ** 0.6;
    context.fillStyle = activation[d] < 0 ? negative : positive;
    context.fillRect(x, y, cell, cell);
  });
}
