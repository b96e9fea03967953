#!/bin/sh
# Makes the subset fonts of this folder again from Debian's fonts-noto-core, fonts-noto-cjk and fonts-noto-color-emoji. Needs
# fonttools, brotli and pillow (pip).
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

# FILE FONT OPTIONS...
subset() {
    file=$1 font=$2
    shift 2
    pyftsubset "$font" --no-hinting --desubroutinize --flavor=woff2 --output-file="$file" "$@"
}

latin="U+0020-007E,U+00A0-024F,U+0259,U+02BB-02DD,U+0300-036F,U+0370-03FF,U+0400-052F,U+1E00-1EFF,U+2000-206F,U+2070-209F,U+20A0-20BF,U+2100-214F,U+2190-2193,U+2212,U+2215,U+FEFF,U+FFFD"
for weight in Regular Bold; do
    subset "NotoSans-$weight.woff2" "$noto/NotoSans-$weight.ttf" --unicodes="$latin" --layout-features='*'
    subset "NotoSansArabic-$weight.woff2" "$noto/NotoSansArabic-$weight.ttf" --unicodes="U+0600-06FF" --layout-features='*'
    subset "NotoSansHebrew-$weight.woff2" "$noto/NotoSansHebrew-$weight.ttf" --unicodes="U+0590-05FF,U+FB1D-FB4F" --layout-features='*'
    subset "NotoSansThai-$weight.woff2" "$noto/NotoSansThai-$weight.ttf" --unicodes="U+0E00-0E7F" --layout-features='*'
    subset "NotoSansDevanagari-$weight.woff2" "$noto/NotoSansDevanagari-$weight.ttf" --unicodes="U+0900-097F,U+200C,U+200D,U+25CC" --layout-features='*'
    subset "NotoSansSC-$weight.woff2" "$cjk/NotoSansCJK-$weight.ttc" --font-number=2 --text-file="$scratch/han" \
        --unicodes="U+3000-30FF,U+FF00-FFEF" --layout-features='kern,palt,halt,locl,ccmp,calt'
    subset "NotoSansKR-$weight.woff2" "$cjk/NotoSansCJK-$weight.ttc" --font-number=1 --text-file="$scratch/hangul" --layout-features='kern,ccmp'
done

# Single emoji only: without skin tones, joiners and regional letters in the font, no sequence is kept. Not WOFF2: pictures do not shrink.
emoji="U+231A,U+231B,U+23F0,U+23F3,U+2600-2604,U+260E,U+2614,U+2615,U+2618,U+263A,U+2660,U+2663,U+2665,U+2666,U+267B,U+2693,U+2696,U+26A0,U+26A1,U+26BD,U+26BE,U+26C4,U+26C5,U+2702,U+2705,U+2708,U+2709,U+270C-270F,U+2714,U+2716,U+2728,U+2744,U+274C,U+2753,U+2757,U+2763,U+2764,U+27A1,U+2B50,U+2B55"
emoji="$emoji,U+1F308,U+1F30A,U+1F30D-1F310,U+1F319,U+1F31E,U+1F31F,U+1F321,U+1F324,U+1F327,U+1F32D-1F393,U+1F396,U+1F399,U+1F3A7-1F3AF,U+1F3B5-1F3BE,U+1F3C0,U+1F3C3-1F3C6,U+1F3C8,U+1F3D0,U+1F3D3,U+1F3E0,U+1F3E1,U+1F3EA,U+1F3ED,U+1F3FA"
emoji="$emoji,U+1F400-1F43F,U+1F440-1F463,U+1F466,U+1F467-1F469,U+1F476,U+1F478,U+1F47B,U+1F47D,U+1F480,U+1F483-1F485,U+1F488-1F490,U+1F493-1F49F,U+1F4A1,U+1F4A5,U+1F4AA,U+1F4AC,U+1F4AF,U+1F4B0,U+1F4B3,U+1F4BB,U+1F4BC,U+1F4BE,U+1F4C0,U+1F4C5,U+1F4C8,U+1F4CC,U+1F4DA,U+1F4DD,U+1F4E3,U+1F4E6-1F4E8,U+1F4F1,U+1F4F7-1F4FB"
emoji="$emoji,U+1F50B,U+1F50C,U+1F50D,U+1F510-1F514,U+1F525-1F529,U+1F52E,U+1F56F,U+1F576,U+1F579,U+1F5A4,U+1F5A5,U+1F5BC,U+1F600-1F644,U+1F64C,U+1F64F,U+1F680,U+1F690,U+1F697,U+1F699,U+1F69A,U+1F6A2,U+1F6B2,U+1F6CB,U+1F6CD,U+1F6D2,U+1F6E0,U+1F6E1,U+1F6F4,U+1F6F5"
emoji="$emoji,U+1F90D-1F92F,U+1F942-1F947,U+1F950-1F96F,U+1F970-1F976,U+1F97A-1F97F,U+1F980-1F98E,U+1F990-1F995,U+1F997-1F999,U+1F99C,U+1F9A2,U+1F9A5-1F9A9,U+1F9AD,U+1F9C0-1F9C3,U+1F9C9-1F9CB,U+1F9E1-1F9FF,U+1FA74,U+1FA79-1FA7C,U+1FA80-1FA86,U+1FA91-1FA9F,U+1FAA1,U+1FAA3,U+1FAA5,U+1FAB4-1FABB,U+1FAD0-1FADB"
pyftsubset "$noto/NotoColorEmoji.ttf" --unicodes="$emoji" --layout-features='' --drop-tables+=GSUB,vhea,vmtx --output-file="$scratch/emoji.ttf"
# At half size: 64 px is more than a card ever shows.
python3 - "$scratch/emoji.ttf" NotoColorEmoji.ttf <<'PY'
import io
import sys

from fontTools.ttLib import TTFont
from PIL import Image

font = TTFont(sys.argv[1])
sizes = font["CBLC"].strikes[0].bitmapSizeTable
sizes.ppemX = sizes.ppemY = 55
for side in (sizes.hori, sizes.vert):
    side.ascender, side.descender, side.widthMax = 51, -14, 69
for glyph in font["CBDT"].strikeData[0].values():
    picture = Image.open(io.BytesIO(glyph.imageData)).convert("RGBA")
    small = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    small.quantize(32, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    glyph.imageData = written.getvalue()
    metrics = glyph.metrics
    metrics.width, metrics.height, metrics.Advance = small.width, small.height, 69
    metrics.BearingX, metrics.BearingY = round(metrics.BearingX / 2), round(metrics.BearingY * 55 / 109)
font.save(sys.argv[2])
PY
