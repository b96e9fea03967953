/* Stands in a decoder's place and lies: of whatever it is given it says that this is an animation, a sound or a video, and hands it
 * back as it is; of a picture that was published it dies. Speaks as crates/media/src/frame.rs does: postcard behind a 32-bit length. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIXELS = 2, ANIMATION = 6, SOUND = 7, VIDEO = 8 };

static void take(void *into, size_t length)
{
    if (length && fread(into, 1, length, stdin) != length)
        exit(0);
}

static void head(const uint8_t *body, uint8_t length)
{
    uint8_t frame[4] = {length, 0, 0, 0};
    fwrite(frame, 1, 4, stdout);
    fwrite(body, 1, length, stdout);
}

static uint32_t number(const uint8_t **at)
{
    uint32_t value = 0;
    for (int shift = 0; shift < 32; shift += 7) {
        uint8_t byte = *(*at)++;
        value |= (uint32_t)(byte & 127) << shift;
        if (byte < 128)
            break;
    }
    return value;
}

static uint8_t *put(uint8_t *at, uint32_t value)
{
    for (; value > 127; value >>= 7)
        *at++ = (uint8_t)(value | 128);
    *at++ = (uint8_t)value;
    return at;
}

/* An answer: what stands before the length, and the length of what follows. */
static void answer(const uint8_t *fields, size_t count, uint32_t length)
{
    uint8_t body[32];
    memcpy(body, fields, count);
    head(body, (uint8_t)(put(body + count, length) - body));
}

int main(void)
{
    static const uint8_t hello[] = {VERSION};
    head(hello, sizeof hello);
    fflush(stdout);
    for (;;) {
        uint8_t length[4], body[1024];
        take(length, 4);
        take(body, length[0] | length[1] << 8);
        const uint8_t *at = body + 1;
        (void)number(&at); /* the longest side */
        uint32_t size = number(&at);
        uint8_t *file = malloc(size + 1);
        take(file, size);
        switch (body[0]) {
        case PIXELS: { /* grey, 16 by 16: a picture is encoded by the node itself */
            uint8_t grey[1024];
            memset(grey, 0x80, sizeof grey);
            answer((const uint8_t[]){0, 1, 16, 16, 16, 16}, 6, sizeof grey);
            fwrite(grey, 1, sizeof grey, stdout);
            break;
        }
        case ANIMATION: /* 8 by 8, 2 frames, 100 ms, a poster of one byte */
            answer((const uint8_t[]){2, 8, 8, 2, 100, 1}, 6, size + 1);
            fputc('P', stdout);
            fwrite(file, 1, size, stdout);
            break;
        case SOUND: /* Opus, 100 ms */
            answer((const uint8_t[]){3, 0, 100}, 3, size);
            fwrite(file, 1, size, stdout);
            break;
        case VIDEO: /* VP8, no sound, 8 by 8, 100 ms */
            answer((const uint8_t[]){4, 0, 0, 8, 8, 100}, 6, size);
            fwrite(file, 1, size, stdout);
            break;
        default:
            return 1;
        }
        free(file);
        fflush(stdout);
    }
}
