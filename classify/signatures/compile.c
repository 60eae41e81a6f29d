/* Build tool: compiles signature files to one block, and writes the C file that holds it.
 *
 *   signature-compile BLOCK C-FILE YAML...
 *
 * It sees the fields and the layout of the same source tree, so what it makes fits the program it is built into.
 */
#include "classify/signature_model.h"
#include "classify/signature_source.h"

#include <stdio.h>

static int write_block(const char *path, const struct buffer *block)
{
	FILE *f = fopen(path, "wb");
	if (!f)
		return -1;
	size_t n = fwrite(block->data, 1, block->len, f);
	return fclose(f) || n != block->len ? -1 : 0;
}

static int write_c(const char *path, const char *block, const char *digest, size_t len)
{
	FILE *f = fopen(path, "w");
	if (!f)
		return -1;
	fprintf(f,
		"/* Made by classify/signatures/compile.c from %s. */\n"
		"#include \"classify/signature_builtin.h\"\n\n"
		"__asm__(\".section .rodata\\n.balign 64\\n.global signature_builtin_block\\n\"\n"
		"\t\"signature_builtin_block:\\n.incbin \\\"%s\\\"\\n.byte 0\\n.previous\\n\");\n"
		"const size_t signature_builtin_len = %zu;\n"
		"const char signature_builtin_maker[] = \"%u fields, rows %zu %zu %zu\";\n",
		digest, block, len, (unsigned)FIELDS, sizeof(struct model_entry), sizeof(struct model_conclusion),
		sizeof(struct model_example));
	return fclose(f) ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct source_list list = {NULL, 0};
	struct buffer block = {0};
	struct error error = {""};
	char digest[SOURCE_DIGEST_SIZE];
	int result = argc < 4 ? error_set(&error, ERROR_USAGE, "usage: signature-compile BLOCK C-FILE YAML...") : 0;
	for (int i = 3; !result && i < argc; i++)
		result = source_add_file(&list, argv[i], &error);
	if (!result)
		result = source_compile(&list, &block, &error);
	source_digest(&list, digest);
	if (!result && (write_block(argv[1], &block) || write_c(argv[2], argv[1], digest, block.len)))
		result = error_set(&error, ERROR_FAILED, "cannot write %s or %s", argv[1], argv[2]);
	if (result)
		fprintf(stderr, "signature-compile: %s\n", error.text);
	source_fini(&list);
	buffer_fini(&block);
	return result ? 1 : 0;
}
