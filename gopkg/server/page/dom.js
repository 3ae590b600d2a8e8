// Elements, and problems in words.

export const $ = (id) => document.getElementById(id);

/** An element with properties and children; texts become text nodes. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'class') element.className = value;
    else if (name.includes('-') || name === 'role' || name === 'for' || name === 'scope') element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

export function showProblem(id, error) {
  $(id).textContent = error ? error.message : '';
  $(id).hidden = !error;
  if (error && error.status === 401) $('key-form').hidden = false;
}

/** Seconds in the unit that suits them. */
export function duration(seconds) {
  if (seconds >= 1) return `${seconds.toFixed(2)} s`;
  if (seconds >= 1e-3) return `${(seconds * 1e3).toFixed(2)} ms`;
  if (seconds >= 1e-6) return `${(seconds * 1e6).toFixed(1)} µs`;
  return `${Math.round(seconds * 1e9)} ns`;
}
