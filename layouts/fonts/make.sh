#!/bin/sh
# Makes the subset fonts of this folder again from Debian's fonts-noto-core, fonts-noto-cjk and fonts-noto-color-emoji. Needs
# fonttools, pillow, imagequant and pyoxipng (pip).
set -eu
cd "$(dirname "$0")"
noto=/usr/share/fonts/truetype/noto
cjk=/usr/share/fonts/opentype/noto
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
python3 - "$scratch" <<'PY'
import sys
from pathlib import Path

def table(codec, *rows):
    cells = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
    pairs = [bytes([row, cell]) for first, last in rows for row in range(first, last + 1) for cell in cells]
    return "".join(pair.decode(codec, "ignore") for pair in pairs if codec == "big5" or pair[1] > 0xA0)

# GB 2312, the common characters of Big5 and of JIS X 0208, and kana by their blocks below; the 2,350 syllables of KS X 1001.
han = table("gb2312", (0xA1, 0xA3), (0xB0, 0xF7)) + table("big5", (0xA4, 0xC6)) + table("euc_jp", (0xB0, 0xCF)) + "¥￥·—…“”‘’"
Path(sys.argv[1], "han").write_text(han)
Path(sys.argv[1], "hangul").write_text(table("euc_kr", (0xB0, 0xC8)))
PY

# FILE FONT OPTIONS... Not packed: the program's own pages are the font, so that a first text waits for nothing and costs no memory.
subset() {
    file=$1 font=$2
    shift 2
    pyftsubset "$font" --no-hinting --drop-tables+=BASE,VORG,vhea,vmtx --output-file="$file" "$@"
}

latin="U+0020-007E,U+00A0-024F,U+0259,U+02BB-02DD,U+0300-036F,U+0370-03FF,U+0400-052F,U+1E00-1EFF,U+2000-206F,U+2070-209F,U+20A0-20BF,U+2100-214F,U+2190-2193,U+2212,U+2215,U+FEFF,U+FFFD"
for weight in Regular Bold; do
    subset "NotoSans-$weight.ttf" "$noto/NotoSans-$weight.ttf" --unicodes="$latin" --layout-features='*'
    subset "NotoSansArabic-$weight.ttf" "$noto/NotoSansArabic-$weight.ttf" --unicodes="U+0600-06FF" --layout-features='*'
    subset "NotoSansHebrew-$weight.ttf" "$noto/NotoSansHebrew-$weight.ttf" --unicodes="U+0590-05FF,U+FB1D-FB4F" --layout-features='*'
    subset "NotoSansThai-$weight.ttf" "$noto/NotoSansThai-$weight.ttf" --unicodes="U+0E00-0E7F" --layout-features='*'
    subset "NotoSansDevanagari-$weight.ttf" "$noto/NotoSansDevanagari-$weight.ttf" --unicodes="U+0900-097F,U+200C,U+200D,U+25CC" --layout-features='*'
    subset "NotoSansSC-$weight.otf" "$cjk/NotoSansCJK-$weight.ttc" --font-number=2 --text-file="$scratch/han" \
        --unicodes="U+3000-30FF,U+FF00-FFEF" --layout-features='kern,palt,halt,locl,ccmp,calt'
    subset "NotoSansKR-$weight.otf" "$cjk/NotoSansCJK-$weight.ttc" --font-number=1 --text-file="$scratch/hangul" --layout-features='kern,ccmp'
done

# Every emoji, at half size (68 px across) and in 16 colours.
python3 - "$noto/NotoColorEmoji.ttf" NotoColorEmoji.ttf <<'PY'
import io
import sys

import imagequant
import oxipng
from fontTools.ttLib import TTFont
from PIL import Image

font = TTFont(sys.argv[1], recalcTimestamp=False)
for table in ("vhea", "vmtx"):
    del font[table]
sizes = font["CBLC"].strikes[0].bitmapSizeTable
sizes.ppemX = sizes.ppemY = 55
for side in (sizes.hori, sizes.vert):
    side.ascender, side.descender, side.widthMax = 51, -14, 69
for glyph in font["CBDT"].strikeData[0].values():
    picture = Image.open(io.BytesIO(glyph.imageData)).convert("RGBA")
    small = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    imagequant.quantize_pil_image(small, dithering_level=0.5, max_colors=16).save(written, "PNG")
    glyph.imageData = oxipng.optimize_from_memory(written.getvalue(), level=4, strip=oxipng.StripChunks.all())
    metrics = glyph.metrics
    metrics.width, metrics.height, metrics.Advance = small.width, small.height, 69
    metrics.BearingX, metrics.BearingY = round(metrics.BearingX / 2), round(metrics.BearingY * 55 / 109)
font.save(sys.argv[2])
PY
