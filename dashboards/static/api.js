// Shows the description of the API as a page on which it can be tried.
'use strict';

addEventListener('DOMContentLoaded', () => {
  const place = document.querySelector('[data-api]');
  if (!place || !window.SwaggerUIBundle) return;
  window.SwaggerUIBundle({
    url: place.dataset.api,
    domNode: place,
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: 'BaseLayout',
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    deepLinking: false,
    validatorUrl: null, // nothing is sent to anybody else
  });
});

// The library leaves its fields without names and its code out of the keyboard's reach.
addEventListener('DOMContentLoaded', () => {
  const place = document.querySelector('[data-api]');
  if (!place) return;
  const name = () => {
    place.querySelectorAll('tr[data-param-name] :is(input, select, textarea):not([aria-label])').forEach((field) => {
      field.setAttribute('aria-label', field.closest('tr').dataset.paramName);
    });
    place.querySelectorAll('.body-param :is(textarea, select):not([aria-label])').forEach((field) => field.setAttribute('aria-label', 'Request body'));
    place.querySelectorAll('pre:not([tabindex]), .microlight:not([tabindex])').forEach((code) => { code.tabIndex = 0; });
  };
  let waiting = false;
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; name(); });
  }).observe(place, { childList: true, subtree: true });
});
