#include "domain/key_file.h"

#include "core/buffer.h"
#include "core/time.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool key_name_valid(const char *name)
{
	size_t n = strlen(name);
	if (!n || n >= KEY_NAME_BYTES || *name == '.' || *name == '-')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("._-", name[i]))
			return false;
	return true;
}

static void take_line(struct key_file *k, const char *line)
{
	static const struct {
		const char *word;
		size_t at, size;
	} fields[] = {
		{"name", offsetof(struct key_file, name), sizeof k->name},
		{"role", offsetof(struct key_file, role), sizeof k->role},
		{"public", offsetof(struct key_file, public_key), sizeof k->public_key},
		{"secret", offsetof(struct key_file, secret_key), sizeof k->secret_key},
	};
	char word[16], value[KEY_NAME_BYTES];
	if (sscanf(line, "%15s %64s", word, value) != 2)
		return;
	size_t len = strlen(value);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (strcmp(word, fields[i].word) == 0 && len < fields[i].size) /* what is longer is none of ours */
			memcpy((char *)k + fields[i].at, value, len + 1);
}

static int check(const char *path, bool secret, const struct stat *status, const struct key_file *k,
		 struct error *error)
{
	char public_key[SOCKET_KEY_BYTES];
	if (!key_name_valid(k->name) || !socket_key_valid(k->public_key))
		return error_set(error, ERROR_USAGE, "%s: this is no key of Onlooker; make one with onlooker keys make",
				 path);
	if (!secret)
		return 0;
	if (!*k->secret_key)
		return error_set(error, ERROR_USAGE,
				 "%s: this file has the public half alone; name the NAME.key file that goes with it",
				 path);
	if (!socket_key_public(k->secret_key, public_key) || strcmp(public_key, k->public_key) != 0)
		return error_set(
			error, ERROR_USAGE,
			"%s: its secret and its public key do not belong together; make a new one with onlooker "
			"keys rotate",
			path);
	if (status->st_mode & (S_IRWXG | S_IRWXO))
		return error_set(error, ERROR_USAGE, "%s: others may read this secret key; chmod 600 %s", path, path);
	return 0;
}

int key_file_read(const char *path, bool secret, struct key_file *out, struct error *error)
{
	struct stat status;
	char line[256];
	*out = (struct key_file){0};
	FILE *f = fopen(path, "re");
	if (!f || fstat(fileno(f), &status) != 0) {
		int code = errno;
		if (f)
			fclose(f);
		return error_set(error, ERROR_USAGE, "%s: %s; make keys with onlooker keys make", path, strerror(code));
	}
	for (int i = 0; i < 32 && fgets(line, sizeof line, f); i++)
		if (*line != '#')
			take_line(out, line);
	fclose(f);
	explicit_bzero(line, sizeof line);
	return check(path, secret, &status, out, error);
}

struct file_stamp file_stamp(const char *path)
{
	struct stat s;
	if (stat(path, &s) != 0)
		return (struct file_stamp){0};
	return (struct file_stamp){.inode = (uint64_t)s.st_ino,
				   .size = (uint64_t)s.st_size,
				   .changed_ns =
					   (uint64_t)s.st_mtim.tv_sec * NS_PER_SECOND + (uint64_t)s.st_mtim.tv_nsec};
}

bool file_stamp_same(const struct file_stamp *a, const struct file_stamp *b)
{
	return a->inode == b->inode && a->size == b->size && a->changed_ns == b->changed_ns;
}

static int no_write(const char *path, int code, struct error *error)
{
	return error_set(error, ERROR_FAILED, "%s: %s; look at the disk and the rights of its directory", path,
			 strerror(code));
}

/* Makes what was renamed in a directory lasting. */
static void sync_directory(const char *path)
{
	char parent[4096];
	const char *slash = strrchr(path, '/');
	snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

int file_replace(const char *path, const char *text, size_t len, unsigned mode, struct error *error)
{
	char beside[4096];
	if ((size_t)snprintf(beside, sizeof beside, "%s.%ld", path, (long)getpid()) >= sizeof beside)
		return no_write(path, ENAMETOOLONG, error);
	int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return no_write(path, errno, error);
	ssize_t n = write(fd, text, len);
	int code = n < 0 ? errno : (size_t)n < len ? ENOSPC : 0;
	if (!code && (fchmod(fd, mode) != 0 || fsync(fd) != 0))
		code = errno;
	close(fd);
	if (!code && rename(beside, path) != 0)
		code = errno;
	if (code) {
		unlink(beside);
		return no_write(path, code, error);
	}
	sync_directory(path);
	return 0;
}

int key_file_write(const char *path, const struct key_file *k, bool replace, struct error *error)
{
	if (!replace && access(path, F_OK) == 0)
		return error_set(error, ERROR_USAGE,
				 "%s: is there already; onlooker keys rotate makes a new one in its place", path);
	struct buffer b = {0};
	buffer_format(&b, "# A key for Onlooker's fabric, see onlooker-keys(1).%s\nname %s\nrole %s\npublic %s\n",
		      *k->secret_key ? " Whoever can read this file can speak in its name." : "", k->name, k->role,
		      k->public_key);
	if (*k->secret_key)
		buffer_format(&b, "secret %s\n", k->secret_key);
	int code = b.failed ? no_write(path, ENOMEM, error)
			    : file_replace(path, b.data, b.len, *k->secret_key ? 0600 : 0644, error);
	if (b.data)
		explicit_bzero(b.data, b.size);
	buffer_fini(&b);
	return code;
}
