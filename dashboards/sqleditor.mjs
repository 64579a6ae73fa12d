// The parts of CodeMirror that the editor of SQL is made of; vendor.mjs builds
// sqleditor.min.js from them, which that page alone loads.
import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { sql, SQLDialect } from '@codemirror/lang-sql';
import { EditorState, Prec, StateEffect, StateField } from '@codemirror/state';
import { Decoration, drawSelection, EditorView, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const words = 'select from where group by order having limit offset as asc desc and or not in is null like between case when then else end distinct exists interval nulls first last true false describe show explain asof any anti semi global final prewhere sample settings format limit by with totals rollup cube ilike array join inner left right full outer cross using on qualify window over partition union all distinct';
const functions = 'count sum avg min max any uniq uniqExact groupArray quantile quantileExact median countIf sumIf uniqExactIf toDate toDateTime toYear toMonth toQuarter toStartOfMonth toStartOfQuarter toStartOfYear toDayOfWeek toHour today now if multiIf coalesce ifNull nullIf round lower upper has arrayJoin length concat position replaceOne';

const clickhouse = SQLDialect.define({
  keywords: words, builtin: functions,
  types: 'string uint8 uint16 uint32 uint64 int8 int16 int32 int64 float32 float64 decimal date date32 datetime datetime64 bool nullable array tuple map',
  backslashEscapes: true, doubleQuotedIdentifiers: true, identifierQuotes: '`"', hashComments: true,
});

// Colours come from the page, so that they follow its light and dark.
const looks = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--sql-keyword)', fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--sql-text)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--sql-number)' },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: 'var(--quiet)', fontStyle: 'italic' },
  { tag: [tags.standard(tags.name), tags.typeName], color: 'var(--indigo)' },
]);

const theme = EditorView.theme({
  '&': { color: 'var(--ink)', backgroundColor: 'var(--card)', fontSize: '.9rem' },
  '&.cm-focused': { outline: '3px solid var(--indigo)', outlineOffset: '1px' },
  '.cm-scroller': { fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace', lineHeight: '1.55', minHeight: '11rem', maxHeight: '60vh' },
  '.cm-content': { caretColor: 'var(--ink)', padding: '.6rem 0' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { background: 'var(--sql-selected)' },
  '.cm-gutters': { backgroundColor: 'var(--paper)', color: 'var(--quiet)', border: '0', borderRight: '1px solid var(--line)' },
  '.cm-wrong': { textDecoration: 'underline wavy var(--bad)', textUnderlineOffset: '.25em' },
  '.cm-tooltip': { backgroundColor: 'var(--card)', color: 'var(--ink)', border: '1px solid var(--line)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--indigo)', color: 'var(--card)' },
  '.cm-completionDetail': { fontStyle: 'normal', opacity: '.8' },
});

const wrong = StateEffect.define();
const marked = StateField.define({
  create: () => Decoration.none,
  update(marks, change) {
    if (change.docChanged) { marks = Decoration.none; }
    for (const effect of change.effects) {
      if (effect.is(wrong)) { marks = effect.value === null ? Decoration.none : Decoration.set([Decoration.mark({ class: 'cm-wrong' }).range(effect.value.from, effect.value.to)]); }
    }
    return marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// open puts an editor into an element. It lives in a shadow root: there its style
// sheets are objects of the page and not text in it, which the pages' policy refuses.
export function open(host, text, options) {
  const root = host.attachShadow({ mode: 'open' });
  const view = new EditorView({
    parent: root, root,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of([{ key: 'Mod-Enter', run: () => { options.run(); return true; } }])),
        lineNumbers(), history(), drawSelection(), bracketMatching(), closeBrackets(), autocompletion({ icons: false }), marked,
        sql({ dialect: clickhouse, schema: options.schema, upperCaseKeywords: true }), syntaxHighlighting(looks), theme, EditorView.lineWrapping,
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, { key: 'Tab', run: acceptCompletion }]),
        EditorView.contentAttributes.of({ 'aria-label': options.label, spellcheck: 'false', autocapitalize: 'off' }),
        EditorView.updateListener.of((u) => { if (u.docChanged) { options.changed(); } }),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    focus: () => view.focus(),
    set(next) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next }, selection: { anchor: 0 } });
    },
    insert(word) {
      view.dispatch(view.state.replaceSelection(word));
      view.focus();
    },
    // mark shows where a fault is, by line and column from 1, and goes there.
    mark(line, column) {
      const at = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines));
      const from = Math.min(at.from + Math.max(Array.from(at.text).slice(0, column - 1).join('').length, 0), at.to);
      const back = from === at.to && from > at.from ? from - 1 : from;
      const to = Math.min(view.state.doc.length, Math.max(back + 1, view.state.wordAt(back)?.to ?? 0));
      if (to > back) { view.dispatch({ effects: wrong.of({ from: back, to }) }); }
      view.dispatch({ selection: { anchor: back }, scrollIntoView: true });
      view.focus();
    },
  };
}
