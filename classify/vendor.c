#include "classify/vendor.h"

#include "core/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS_MAX = 1 << 18, LINE_MAX_BYTES = 2048, NAME_MAX_BYTES = 128 };

/* A block of addresses: the first `bits` of them. */
struct block {
	uint64_t prefix; /* in the upper bits of 48 */
	uint32_t name;   /* offset */
	uint32_t bits;
};

struct vendors {
	struct block *block;
	size_t count, room;
	struct buffer names;
};

static uint64_t mask(unsigned bits)
{
	return ~0ull << (48 - bits) & 0xffffffffffffull;
}

static int by_prefix(const void *a, const void *b)
{
	const struct block *x = a, *y = b;
	if (x->prefix != y->prefix)
		return x->prefix < y->prefix ? -1 : 1;
	return x->bits < y->bits ? -1 : x->bits > y->bits;
}

static bool make_room(struct vendors *v)
{
	if (v->count < v->room)
		return true;
	size_t room = v->room ? 2 * v->room : 4096;
	struct block *b = room > BLOCKS_MAX ? NULL : realloc(v->block, room * sizeof *b);
	if (!b)
		return false;
	v->block = b;
	v->room = room;
	return true;
}

/* The third column, quoted where it holds a comma. */
static void add_name(struct buffer *names, const char *p)
{
	bool quoted = *p == '"';
	size_t begin = names->len;
	for (p += quoted; *p && *p != '\n' && *p != '\r' && names->len - begin < NAME_MAX_BYTES; p++) {
		if (quoted ? *p == '"' : *p == ',') {
			if (!quoted || p[1] != '"')
				break;
			p++;
		}
		if ((unsigned char)*p >= ' ')
			buffer_char(names, *p);
	}
	while (names->len > begin && names->data[names->len - 1] == ' ')
		names->len--;
	buffer_char(names, 0);
}

/* Blocks whose holder is not told, and those that are let in smaller blocks: not all of these are listed. */
static bool nobody(const char *name)
{
	return !strncmp(name, "Private,", 8) || !strncmp(name, "IEEE Registration Authority,", 28);
}

/* "MA-M,741AE09,Name,Address" */
static bool add_line(struct vendors *v, const char *line)
{
	const char *comma = strncmp(line, "MA-", 3) ? NULL : strchr(line, ',');
	char *end;
	uint64_t prefix = comma ? strtoull(comma + 1, &end, 16) : 0;
	size_t digits = comma ? (size_t)(end - comma - 1) : 0;
	if (digits < 6 || digits > 9 || *end != ',' || nobody(end + 1))
		return true;
	if (!make_room(v))
		return false;
	unsigned bits = (unsigned)digits * 4;
	v->block[v->count++] = (struct block){prefix << (48 - bits), (uint32_t)v->names.len, bits};
	add_name(&v->names, end + 1);
	return !v->names.failed;
}

static bool read_file(struct vendors *v, const char *directory, const char *name)
{
	char path[4096], line[LINE_MAX_BYTES];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	FILE *f = fopen(path, "r");
	bool good = true;
	while (good && f && fgets(line, sizeof line, f))
		good = add_line(v, line);
	if (f)
		fclose(f);
	return good;
}

int vendors_read(const char *directory, struct vendors **out, struct error *error)
{
	static const char *const file[] = {"oui.csv", "mam.csv", "oui36.csv"};
	struct vendors *v = calloc(1, sizeof *v);
	bool good = v != NULL;
	*out = NULL;
	for (size_t i = 0; good && i < sizeof file / sizeof *file; i++)
		good = read_file(v, directory, file[i]);
	if (!good) {
		vendors_free(v);
		return error_set(error, ERROR_FAILED, "no memory for the makers of network interfaces in %s",
				 directory);
	}
	if (!v->count) {
		vendors_free(v);
		return 0;
	}
	qsort(v->block, v->count, sizeof *v->block, by_prefix);
	*out = v;
	return 0;
}

void vendors_free(struct vendors *v)
{
	if (!v)
		return;
	free(v->block);
	buffer_fini(&v->names);
	free(v);
}

static const char *find(const struct vendors *v, uint64_t address, unsigned bits)
{
	struct block key = {.prefix = address & mask(bits), .bits = bits};
	const struct block *b = bsearch(&key, v->block, v->count, sizeof key, by_prefix);
	return b && v->names.data[b->name] ? v->names.data + b->name : NULL;
}

const char *vendor_of(const struct vendors *v, const uint8_t mac[6])
{
	static const unsigned bits[] = {36, 28, 24};
	uint64_t address = 0;
	const char *name = NULL;
	if (!v || mac[0] & 3)
		return NULL;
	for (unsigned i = 0; i < 6; i++)
		address = address << 8 | mac[i];
	for (unsigned i = 0; !name && i < sizeof bits / sizeof *bits; i++)
		name = find(v, address, bits[i]);
	return name;
}
