// Forms that change something: a dropped file is put into the form, and a form
// that is on its way is not sent twice. Without it they work by hand.
(function () {
  'use strict';

  function upload(form) {
    var field = form.querySelector('input[type=file]');
    var drop = form.querySelector('[data-drop]');
    var says = form.querySelector('[data-says]');

    function tell(words, wrong) {
      says.textContent = words;
      says.classList.toggle('wrong', Boolean(wrong));
    }

    // fits tells whether the chosen file may be sent, before it is.
    function fits() {
      var file = field.files[0];
      if (file && file.size > Number(form.dataset.most)) {
        field.value = '';
        tell(form.dataset.tooLarge, true);
        return false;
      }
      tell(file ? file.name : '', false);
      return Boolean(file);
    }

    ['dragenter', 'dragover'].forEach(function (name) {
      drop.addEventListener(name, function (event) {
        event.preventDefault();
        drop.classList.add('over');
      });
    });
    ['dragleave', 'drop'].forEach(function (name) {
      drop.addEventListener(name, function () { drop.classList.remove('over'); });
    });
    drop.addEventListener('drop', function (event) {
      event.preventDefault();
      var files = event.dataTransfer.files;
      if (files.length !== 1) {
        tell(form.dataset.one, true);
        return;
      }
      field.files = files;
      if (fits()) { form.requestSubmit(); }
    });
    field.addEventListener('change', fits);
    form.addEventListener('submit', function (event) {
      if (!fits()) {
        event.preventDefault();
        return;
      }
      tell(form.dataset.sending, false);
    });
  }

  function once(form) {
    form.addEventListener('submit', function () {
      setTimeout(function () {
        form.querySelectorAll('button').forEach(function (button) { button.disabled = true; });
      }, 0);
    });
    window.addEventListener('pageshow', function () {
      form.querySelectorAll('button').forEach(function (button) { button.disabled = false; });
    });
  }

  document.querySelectorAll('[data-upload]').forEach(upload);
  document.querySelectorAll('[data-once], [data-upload]').forEach(once);
})();
