/** Styles go into the product's own file; a script that imports them gets nothing. */
declare module '*.css';
