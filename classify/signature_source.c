#include "classify/signature_source.h"

#include "classify/signature_model.h"
#include "classify/signature_p0f.h"
#include "classify/signature_recog.h"
#include "classify/signature_yaml.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Kinds of files, by the end of their names. */
static const struct {
	const char *ending;
	int (*read)(struct model_builder *b, const char *file, const void *text, size_t len, struct error *error);
} kind[] = {
	{".yaml", signature_yaml_read},
	{".yml", signature_yaml_read},
	{".xml", signature_recog_read},
	{".fp", signature_p0f_read},
};

static int kind_of(const char *name)
{
	size_t len = strlen(name);
	for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++) {
		size_t n = strlen(kind[i].ending);
		if (len > n && name[0] != '.' && !strcmp(name + len - n, kind[i].ending))
			return (int)i;
	}
	return -1;
}

void source_fini(struct source_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->file[i].path);
		free(list->file[i].data);
	}
	free(list->file);
	*list = (struct source_list){NULL, 0};
}

static const char *name_of(const struct source_file *f)
{
	const char *slash = strrchr(f->path, '/');
	return slash ? slash + 1 : f->path;
}

static int read_all(const char *path, struct source_file *out, struct error *error)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return error_set(error, ERROR_USAGE, "%s: %s", path, strerror(errno));
	struct buffer b = {0};
	char chunk[8192];
	size_t n;
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0 && b.len <= SOURCE_BYTES_MAX)
		buffer_add(&b, chunk, n);
	bool bad = ferror(f) || b.failed;
	fclose(f);
	if (bad || b.len > SOURCE_BYTES_MAX) {
		buffer_fini(&b);
		return error_set(error, ERROR_USAGE, "%s: %s", path,
				 bad ? "cannot be read" : "is too large for a signature file (8 MiB)");
	}
	out->data = b.data;
	out->len = b.len;
	return 0;
}

int source_add_file(struct source_list *list, const char *path, struct error *error)
{
	if (list->count == SOURCE_FILES_MAX)
		return error_set(error, ERROR_USAGE, "more than %d signature files", SOURCE_FILES_MAX);
	struct source_file *file = realloc(list->file, (list->count + 1) * sizeof *file);
	if (!file)
		return error_set(error, ERROR_FAILED, "no memory to read %s", path);
	list->file = file;
	file += list->count;
	*file = (struct source_file){.path = strdup(path)};
	if (!file->path)
		return error_set(error, ERROR_FAILED, "no memory to read %s", path);
	list->count++;
	return read_all(path, file, error);
}

static int wanted(const struct dirent *entry)
{
	return kind_of(entry->d_name) >= 0;
}

/* By octets, not by the locale: the order decides, and must be the same everywhere. */
static int by_octets(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int source_add_directory(struct source_list *list, const char *directory, struct error *error)
{
	struct dirent **entry;
	int n = scandir(directory, &entry, wanted, by_octets), result = 0;
	if (n < 0)
		return error_set(error, ERROR_USAGE, "%s: %s", directory, strerror(errno));
	for (int i = 0; i < n; i++) {
		char path[4096];
		snprintf(path, sizeof path, "%s/%s", directory, entry[i]->d_name);
		if (!result)
			result = source_add_file(list, path, error);
		free(entry[i]);
	}
	free(entry);
	if (!result && !n)
		result = error_set(error, ERROR_USAGE, "%s: no signature files (*.yaml, *.xml, *.fp) in it", directory);
	return result;
}

int source_add(struct source_list *list, const char *path, struct error *error)
{
	struct stat st;
	if (stat(path, &st))
		return error_set(error, ERROR_USAGE, "%s: %s; --signatures takes a file or a directory", path,
				 strerror(errno));
	return S_ISDIR(st.st_mode) ? source_add_directory(list, path, error) : source_add_file(list, path, error);
}

static void finish_digest(EVP_MD_CTX *c, char out[SOURCE_DIGEST_SIZE])
{
	unsigned char sum[EVP_MAX_MD_SIZE] = {0};
	unsigned len = 0;
	EVP_DigestFinal_ex(c, sum, &len);
	EVP_MD_CTX_free(c);
	int n = snprintf(out, SOURCE_DIGEST_SIZE, "sha256:");
	for (int i = 0; i < 32; i++)
		n += snprintf(out + n, SOURCE_DIGEST_SIZE - (size_t)n, "%02x", sum[i]);
}

static EVP_MD_CTX *begin_digest(void)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	if (!c || !EVP_DigestInit_ex(c, EVP_sha256(), NULL))
		abort(); /* SHA-256 is always there; without memory for a context nothing else works either */
	return c;
}

void source_digest(const struct source_list *list, char out[SOURCE_DIGEST_SIZE])
{
	EVP_MD_CTX *c = begin_digest();
	for (size_t i = 0; i < list->count; i++) {
		char length[32];
		int n = snprintf(length, sizeof length, "%zu", list->file[i].len);
		const char *name = name_of(&list->file[i]);
		EVP_DigestUpdate(c, name, strlen(name) + 1);
		EVP_DigestUpdate(c, length, (size_t)n + 1);
		EVP_DigestUpdate(c, list->file[i].data, list->file[i].len);
	}
	finish_digest(c, out);
}

void source_digest_pair(const char *first, const char *second, char out[SOURCE_DIGEST_SIZE])
{
	EVP_MD_CTX *c = begin_digest();
	EVP_DigestUpdate(c, first, strlen(first) + 1);
	EVP_DigestUpdate(c, second, strlen(second) + 1);
	finish_digest(c, out);
}

/* The set is named by files without their folders, whoever has to mend one wants to know where it is. */
static void say_where(const struct source_file *f, int code, struct error *error)
{
	const char *name = name_of(f);
	if (!error || strncmp(error->text, name, strlen(name)) != 0)
		return;
	const struct error inner = *error;
	error_set(error, code, "%.*s%s", (int)(name - f->path), f->path, inner.text);
}

static int compile_file(struct model_builder *b, const struct source_file *f, struct error *error)
{
	int k = kind_of(name_of(f));
	if (k < 0)
		return error_set(error, ERROR_USAGE,
				 "%s: not a kind of signature file (*.yaml, *.xml of Recog, *.fp of p0f)", f->path);
	int code = kind[k].read(b, name_of(f), f->data, f->len, error);
	if (code)
		say_where(f, code, error);
	return code;
}

int source_compile(const struct source_list *list, struct buffer *out, struct error *error)
{
	struct model_builder b;
	char digest[SOURCE_DIGEST_SIZE];
	int result = 0;
	model_builder_init(&b);
	for (size_t i = 0; !result && i < list->count; i++)
		result = compile_file(&b, &list->file[i], error);
	source_digest(list, digest);
	if (!result)
		result = model_finish(&b, digest, out, error);
	model_builder_fini(&b);
	return result;
}
