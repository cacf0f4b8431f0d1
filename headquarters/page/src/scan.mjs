// Read the symbol on a photograph of a newspaper or a report.

import decodeQR from "qr/decode.js";

const WIDEST = 2400;
const PATIENCE = 4000;

/** The text of the first symbol that is found in an image file, at several sizes, or null. */
export async function scan(file) {
  let image;
  try {
    image = await createImageBitmap(file);
  } catch {
    return null;
  }
  for (const width of [WIDEST, 1200, 600]) {
    const scale = Math.min(1, width / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(image.width * scale));
    canvas.height = Math.max(1, Math.round(image.height * scale));
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    try {
      return decodeQR(context.getImageData(0, 0, canvas.width, canvas.height), { timeLimit: PATIENCE });
    } catch {
      // Another size may show it.
    }
  }
  return null;
}
