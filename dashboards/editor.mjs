// The parts of ProseMirror that the editor of report texts is made of; vendor.mjs
// builds editor.min.js from them, which that page alone loads.
export { baseKeymap, toggleMark } from 'prosemirror-commands';
export { history, redo, undo } from 'prosemirror-history';
export { keymap } from 'prosemirror-keymap';
export { DOMSerializer, Node, Schema } from 'prosemirror-model';
export { liftListItem, splitListItem, wrapInList } from 'prosemirror-schema-list';
export { EditorState } from 'prosemirror-state';
export { EditorView } from 'prosemirror-view';
