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
