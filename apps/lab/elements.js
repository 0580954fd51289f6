// @ts-check
// Elements of the page: found, and made.

/** An element with properties and children.
 * @param {string} tag @param {Record<string, any>} properties @param {(Node | string)[]} children @returns {any} */
function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element && !name.startsWith("aria")) /** @type {any} */ (element)[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** The element of this id. @returns {any} */
const byId = (/** @type {string} */ id) => document.getElementById(id);
