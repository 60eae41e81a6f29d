/* Reading where nothing may be written: another's directory, a medium that is read-only. SQLite shares the log of a
 * repository through a file beside it, which it cannot make there. Where there is nothing in a log, it is told that the
 * file stands still; whether it does is looked at before each answer is told to be of now. */
#include "domain/repository_sqlite.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

/* Octets of the log; 0 when there is none. */
static int64_t log_size(const char *path)
{
	struct stat status;
	char *log = sqlite3_mprintf("%s-wal", path);
	int64_t size = log && stat(log, &status) == 0 ? status.st_size : 0;
	sqlite3_free(log);
	return size;
}

/* The file as a URI that says it stands still; whatever may mean something there is escaped. NULL without memory. */
static char *still_uri(const char *path)
{
	sqlite3_str *uri = sqlite3_str_new(NULL);
	sqlite3_str_appendall(uri, "file:");
	for (const char *p = path; *p; p++)
		if (isalnum((unsigned char)*p) || strchr("._-", *p))
			sqlite3_str_appendchar(uri, 1, *p);
		else
			sqlite3_str_appendf(uri, "%%%02X", (unsigned char)*p);
	sqlite3_str_appendall(uri, "?immutable=1");
	return sqlite3_str_finish(uri);
}

static int open_still(struct sqlite *s, const char *path)
{
	struct stat status = {.st_size = 0};
	char *uri = still_uri(path);
	sqlite3_close(s->db);
	s->db = NULL;
	s->still = stat(path, &status) == 0;
	s->seen_size = status.st_size;
	s->seen = status.st_mtim;
	int code = uri && s->still ? sqlite3_open_v2(uri, &s->db,
						     SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL)
				   : SQLITE_CANTOPEN;
	sqlite3_free(uri);
	return code;
}

int sqlite_open_to_read(struct sqlite *s, const char *path, struct error *error)
{
	int code = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
	if (code)
		return sqlite_fail(s, code, error);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	code = sqlite3_exec(s->db, "PRAGMA schema_version", NULL, NULL, NULL); /* the log is opened here */
	if ((code & 0xff) != SQLITE_CANTOPEN && (code & 0xff) != SQLITE_READONLY)
		return 0; /* what else is wrong is told by who reads on */
	if (log_size(path))
		return error_set(
			error, ERROR_USAGE,
			"%s: what was stored last is in %s-wal, and cannot be read where nothing may be written; "
			"copy both files to a directory of yours, or let their owner run `onlooker repository "
			"upgrade --repository sqlite:%s`",
			path, path, path);
	code = open_still(s, path);
	return code ? sqlite_fail(s, code, error) : 0;
}

int sqlite_check_still(const struct sqlite *s, struct error *error)
{
	struct stat status;
	if (!s->still)
		return 0;
	if (stat(s->path, &status) == 0 && status.st_size == s->seen_size && !log_size(s->path) &&
	    status.st_mtim.tv_sec == s->seen.tv_sec && status.st_mtim.tv_nsec == s->seen.tv_nsec)
		return 0;
	return error_set(error, ERROR_FAILED, "%s: somebody has written to it since it was opened; ask again", s->path);
}
