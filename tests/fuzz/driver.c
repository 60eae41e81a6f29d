/* Runs a fuzz target over its corpus without a fuzzer: each file whole, cut at every length, and with octets
 * changed by a fixed generator, so that the malformed corpus is an ordinary, repeatable test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t state = 0x9e3779b97f4a7c15ull;

static uint32_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32);
}

/* A copy of exactly `size` octets, so that the sanitizer sees one octet too far. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

/* FUZZ_SHARE=N does one in N: for targets of which each run is a whole program's. */
static unsigned share = 1;

static unsigned long run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f) {
		perror(path);
		exit(1);
	}
	static uint8_t data[1 << 20];
	size_t size = fread(data, 1, sizeof data, f);
	fclose(f);
	unsigned long runs = 1;
	run(data, size);
	size_t step = (size > 4096 ? size / 4096 : 1) * share;
	for (size_t cut = 0; cut < size; cut += step, runs++)
		run(data, cut);
	for (unsigned i = 0; size && i < 2000 / share; i++, runs++) {
		uint8_t saved[4];
		size_t at[4];
		int n = 1 + (int)(next_random() % 4);
		for (int k = 0; k < n; k++) {
			at[k] = next_random() % size;
			saved[k] = data[at[k]];
			data[at[k]] =
				next_random() & 1 ? (uint8_t)next_random() : (uint8_t)(next_random() & 1 ? 0xff : 0);
		}
		run(data, size);
		for (int k = n; k--;)
			data[at[k]] = saved[k];
	}
	return runs;
}

int main(int argc, char **argv)
{
	unsigned long files = 0, runs = 0;
	const char *text = getenv("FUZZ_SHARE");
	if (text && atoi(text) > 0)
		share = (unsigned)atoi(text);
	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);
		if (!dir) {
			perror(argv[i]);
			return 1;
		}
		for (struct dirent *e; (e = readdir(dir));) {
			if (e->d_name[0] == '.')
				continue;
			char path[4096];
			snprintf(path, sizeof path, "%s/%s", argv[i], e->d_name);
			runs += run_file(path);
			files++;
		}
		closedir(dir);
	}
	if (!files) {
		fprintf(stderr, "no corpus: a test that runs nothing proves nothing\n");
		return 1;
	}
	printf("%lu files, %lu runs\n", files, runs);
	return 0;
}
