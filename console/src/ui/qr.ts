/** A QR code that the server drew for use inside a page, as the source of an image. */
export function qrSource(svg: string): string {
  const standalone = svg.replace(/^<svg /, '<svg xmlns="http://www.w3.org/2000/svg" ');
  return `data:image/svg+xml,${encodeURIComponent(standalone)}`;
}
