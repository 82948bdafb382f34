// Runs before the first paint, so that a chosen theme never flashes. The rest of the theme is src/page/theme.ts.
try {
  const theme = localStorage.getItem('headwater.theme');
  if (theme === 'auto' || theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage can be closed to this page; then the page's own default stays.
}
