/* The composition of benches/persona.rs by libvips, one thread: persona ROUNDS FOLDER SIDE prints the median in milliseconds.
 * FOLDER holds `base` (SIDE x SIDE RGBA), `plan` (a line for each layer: width height x y drawn-width tilt) and `0`, `1`, ... (RGBA). */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <vips/vips.h>

#define MOST 16

typedef struct {
    unsigned char *bytes;
    size_t length;
    int width, height;
    double x, y, drawn, tilt;
} Layer;

static unsigned char *read_file(const char *folder, const char *name, size_t *length) {
    char path[4096];
    gchar *bytes;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!g_file_get_contents(path, &bytes, length, NULL)) exit(2);
    return (unsigned char *)bytes;
}

static VipsImage *raw(unsigned char *bytes, size_t length, int width, int height) {
    VipsImage *image = vips_image_new_from_memory(bytes, length, width, height, 4, VIPS_FORMAT_UCHAR), *srgb;
    if (!image || vips_copy(image, &srgb, "interpretation", VIPS_INTERPRETATION_sRGB, NULL)) vips_error_exit(NULL);
    g_object_unref(image);
    return srgb;
}

static int compare(const void *a, const void *b) {
    double d = *(const double *)a - *(const double *)b;
    return d < 0 ? -1 : d > 0;
}

static size_t once(VipsImage *base, Layer *layers, int count) {
    VipsImage *images[MOST + 1] = {base}, *over, *small;
    int modes[MOST], xs[MOST], ys[MOST];
    for (int i = 0; i < count; i++) {
        Layer *l = &layers[i];
        VipsImage *source = raw(l->bytes, l->length, l->width, l->height), *scaled, *pre, *turned, *straight;
        /* vips_resize averages, as quality asks; interpolation of colours premultiplied, as in the other composition. */
        if (vips_premultiply(source, &pre, NULL) || vips_resize(pre, &scaled, l->drawn / l->width, NULL) ||
            vips_similarity(scaled, &turned, "angle", l->tilt, NULL) || vips_unpremultiply(turned, &straight, NULL) ||
            vips_cast(straight, &images[i + 1], VIPS_FORMAT_UCHAR, NULL))
            vips_error_exit(NULL);
        modes[i] = VIPS_BLEND_MODE_OVER;
        xs[i] = (int)(l->x - images[i + 1]->Xsize / 2.0);
        ys[i] = (int)(l->y - images[i + 1]->Ysize / 2.0);
        g_object_unref(source), g_object_unref(scaled), g_object_unref(pre), g_object_unref(turned), g_object_unref(straight);
    }
    VipsArrayInt *x = vips_array_int_new(xs, count), *y = vips_array_int_new(ys, count);
    void *webp;
    size_t length;
    if (vips_composite(images, &over, count + 1, modes, "x", x, "y", y, NULL) || vips_resize(over, &small, 0.5, NULL) ||
        vips_webpsave_buffer(small, &webp, &length, "Q", 90, "effort", 4, "smart_subsample", TRUE, "strip", TRUE, NULL))
        vips_error_exit(NULL);
    vips_area_unref(VIPS_AREA(x)), vips_area_unref(VIPS_AREA(y));
    for (int i = 0; i < count; i++) g_object_unref(images[i + 1]);
    g_object_unref(over), g_object_unref(small);
    g_free(webp);
    return length;
}

int main(int argc, char **argv) {
    if (argc != 4 || VIPS_INIT(argv[0])) return 2;
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    int rounds = atoi(argv[1]), side = atoi(argv[3]), count = 0;
    size_t length, read;
    Layer layers[MOST];
    char *plan = (char *)read_file(argv[2], "plan", &length), *line = strtok(plan, "\n");
    for (; line && count < MOST; line = strtok(NULL, "\n"), count++) {
        Layer *l = &layers[count];
        char name[16];
        snprintf(name, sizeof name, "%d", count);
        if (sscanf(line, "%d %d %lf %lf %lf %lf", &l->width, &l->height, &l->x, &l->y, &l->drawn, &l->tilt) != 6) return 2;
        l->bytes = read_file(argv[2], name, &l->length);
    }
    unsigned char *pixels = read_file(argv[2], "base", &read);
    VipsImage *base = raw(pixels, read, side, side);
    double *times = calloc(rounds, sizeof *times);
    for (int i = 0; i < rounds; i++) {
        struct timespec from, to;
        clock_gettime(CLOCK_MONOTONIC, &from);
        if (once(base, layers, count) == 0) return 2;
        clock_gettime(CLOCK_MONOTONIC, &to);
        times[i] = (to.tv_sec - from.tv_sec) * 1e3 + (to.tv_nsec - from.tv_nsec) / 1e6;
    }
    qsort(times, rounds, sizeof *times, compare);
    printf("%.3f %s\n", times[rounds / 2], vips_version_string());
    return 0;
}
