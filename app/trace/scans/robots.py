"""Programs that fetch an address without a person looking: drawers of previews, search engines, checkers of links.

A row names one program as it names itself in User-Agent and where its maker says so. Names are compared as whole tokens
(RFC 9110, 10.1.5), so a phone called CUBOT is a phone, and the browsers inside Zalo, Telegram or Viber are people's. A
program that is not listed counts as a person, unless it gives the address of its own page, as RFC 9309, 2.2.1 asks of
crawlers: a copied stamp that stays "first" for ever does more harm than one look counted too many. Zalo documents no
name for what draws its previews.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple


class Robot(NamedTuple):
    """`name` as a token of User-Agent; with `alone`, only as the first: further back it is a person's app."""

    name: str
    source: str
    alone: bool = False


_META: Final = "https://developers.facebook.com/docs/sharing/webmasters/web-crawlers"
_GOOGLE: Final = "https://developers.google.com/crawling/docs/crawlers-fetchers/google-common-crawlers"
_GOOGLE_ADS: Final = (
    "https://developers.google.com/crawling/docs/crawlers-fetchers/google-special-case-crawlers"
)
_GOOGLE_ASKED: Final = (
    "https://developers.google.com/crawling/docs/crawlers-fetchers/google-user-triggered-fetchers"
)
_BING: Final = "https://www.bing.com/webmasters/help/which-crawlers-does-bing-use-8c184ec0"
_YANDEX: Final = "https://yandex.com/support/webmaster/en/robot-workings/check-yandex-robots"
_SLACK: Final = "https://api.slack.com/robots"
_OPENAI: Final = "https://platform.openai.com/docs/bots"
_CLAUDE: Final = "https://support.claude.com/en/articles/8896518"
_PERPLEXITY: Final = "https://docs.perplexity.ai/guides/bots"
# A maintained collection of names with samples of each, where the maker says nothing.
_COLLECTED: Final = "https://github.com/monperrus/crawler-user-agents"
_W3C: Final = "https://validator.w3.org/services"

ROBOTS: Final = (
    # What draws the previews of links in messages and posts
    Robot("facebookexternalhit", _META),  # the previews of iMessage and of LINE name themselves so, too
    Robot("facebookcatalog", _META),
    Robot("facebot", "https://developers.facebook.com/docs/sharing/bot"),
    Robot("facebookbot", "https://developers.facebook.com/docs/sharing/bot"),
    Robot("meta-externalagent", _META),
    Robot("meta-externalfetcher", _META),
    Robot("meta-externalads", _META),
    Robot("meta-webindexer", _META),
    Robot("whatsapp", _COLLECTED, alone=True),
    Robot("telegrambot", "https://core.telegram.org/bots/faq"),
    Robot("viber", _COLLECTED, alone=True),
    Robot("line-poker", _COLLECTED),
    Robot("linespider", "https://help2.line.me/linesearchbot/web/?contentId=50006055&lang=en"),
    Robot("kakaotalk-scrap", "https://devtalk.kakao.com/t/scrap/33984"),
    Robot("snap", "https://developers.snap.com/robots", alone=True),
    Robot("tiktokspider", _COLLECTED),
    Robot("bytespider", _COLLECTED),
    Robot("twitterbot", "https://developer.x.com/en/docs/x-for-websites/cards/guides/getting-started"),
    Robot("linkedinbot", _COLLECTED),
    Robot("skypeuripreview", _COLLECTED),
    Robot("microsoftpreview", _BING),
    Robot("slackbot", _SLACK),
    Robot("slackbot-linkexpanding", _SLACK),
    Robot("slack-imgproxy", _SLACK),
    Robot("discordbot", "https://discord.com/developers/docs/reference"),
    Robot("pinterestbot", "https://www.pinterest.com/bot.html"),
    Robot("redditbot", "https://www.reddit.com/feedback"),
    Robot("vkshare", "https://vk.com/dev/Share"),
    Robot("embedly", "https://support.embed.ly", alone=True),
    Robot("iframely", "https://iframely.com/docs/about", alone=True),
    # Search engines
    Robot("googlebot", _GOOGLE),
    Robot("googlebot-image", _GOOGLE),
    Robot("googlebot-news", _GOOGLE),
    Robot("googlebot-video", _GOOGLE),
    Robot("storebot-google", _GOOGLE),
    Robot("google-inspectiontool", _GOOGLE),
    Robot("googleother", _GOOGLE),
    Robot("googleother-image", _GOOGLE),
    Robot("googleother-video", _GOOGLE),
    Robot("google-cloudvertexbot", _GOOGLE),
    Robot("adsbot-google", _GOOGLE_ADS),
    Robot("adsbot-google-mobile", _GOOGLE_ADS),
    Robot("adsbot-google-mobile-apps", _GOOGLE_ADS),
    Robot("apis-google", _GOOGLE_ADS),
    Robot("mediapartners-google", _GOOGLE_ADS),
    Robot("google-safety", _GOOGLE_ADS),
    Robot("feedfetcher-google", _GOOGLE_ASKED),
    Robot("google-read-aloud", _GOOGLE_ASKED),
    Robot("google-site-verification", _GOOGLE_ASKED),
    Robot("google-pagerenderer", _GOOGLE_ASKED),
    Robot("googleimageproxy", _COLLECTED),
    Robot("chrome-lighthouse", "https://developer.chrome.com/docs/lighthouse/overview"),
    Robot("bingbot", _BING),
    Robot("bingpreview", _BING),
    Robot("adidxbot", _BING),
    Robot("applebot", "https://support.apple.com/en-us/119829"),
    Robot("duckduckbot", "https://duckduckgo.com/duckduckgo-help-pages/results/duckduckbot"),
    Robot("yandexbot", _YANDEX),
    Robot("yandeximages", _YANDEX),
    Robot("yandexmobilebot", _YANDEX),
    Robot("baiduspider", "https://www.baidu.com/search/spider.html"),
    Robot("baiduspider-render", "https://www.baidu.com/search/spider.html"),
    Robot("coccocbot-web", "https://help.coccoc.com/searchengine"),
    Robot("coccocbot-image", "https://help.coccoc.com/searchengine"),
    Robot("amazonbot", "https://developer.amazon.com/amazonbot"),
    Robot("ccbot", "https://commoncrawl.org/ccbot"),
    Robot("ahrefsbot", "https://ahrefs.com/robot"),
    Robot("semrushbot", "https://www.semrush.com/bot/"),
    # Assistants that read for somebody
    Robot("gptbot", _OPENAI),
    Robot("chatgpt-user", _OPENAI),
    Robot("oai-searchbot", _OPENAI),
    Robot("claudebot", _CLAUDE),
    Robot("claude-user", _CLAUDE),
    Robot("claude-searchbot", _CLAUDE),
    Robot("perplexitybot", _PERPLEXITY),
    Robot("perplexity-user", _PERPLEXITY),
    # Checkers of links and of availability
    Robot("w3c-checklink", _W3C),
    Robot("w3c_validator", _W3C),
    Robot("uptimerobot", "https://uptimerobot.com/"),
    # Libraries by which programs fetch
    Robot("curl", "https://everything.curl.dev/http/modify/user-agent.html", alone=True),
    Robot("wget", "https://www.gnu.org/software/wget/manual/html_node/HTTP-Options.html", alone=True),
    Robot("python-requests", "https://requests.readthedocs.io/en/latest/api/", alone=True),
    Robot("python-urllib", "https://docs.python.org/3/library/urllib.request.html", alone=True),
    Robot("python-httpx", "https://www.python-httpx.org/advanced/clients/", alone=True),
    Robot("python", "https://docs.aiohttp.org/en/stable/client_reference.html", alone=True),
    Robot("go-http-client", "https://pkg.go.dev/net/http#Request.Write", alone=True),
    Robot("okhttp", "https://square.github.io/okhttp/", alone=True),
    Robot("java", _COLLECTED, alone=True),
    Robot("apache-httpclient", "https://hc.apache.org/", alone=True),
    Robot("axios", "https://axios-http.com/docs/req_config", alone=True),
    Robot("node-fetch", "https://github.com/node-fetch/node-fetch", alone=True),
    Robot("undici", "https://undici.nodejs.org/", alone=True),
    Robot("node", "https://nodejs.org/api/globals.html#fetch", alone=True),
    Robot("libwww-perl", "https://metacpan.org/pod/LWP::UserAgent", alone=True),
    Robot("http.rb", "https://github.com/httprb/http", alone=True),
)

_ANYWHERE: Final = frozenset(robot.name for robot in ROBOTS if not robot.alone)
_FIRST: Final = frozenset(robot.name for robot in ROBOTS)
_TOKEN: Final = re.compile(r"[\w.-]+")
# "+http…" anywhere, or an address in a comment "(compatible; …)"; Internet Explorer wrote such comments, too.
_OWN_PAGE: Final = re.compile(r"\+https?://|compatible; (?!msie)[^()]*https?://")
_READ: Final = 512
"""Characters that are looked at; a browser's name is shorter."""


def is_robot(agent: str) -> bool:
    """Whether this User-Agent is a program's that nobody looks at. An empty or unknown one is a person's."""
    return _is_robot(agent[:_READ])


@lru_cache(4096)
def _is_robot(agent: str) -> bool:
    agent = agent.lower()
    names = _TOKEN.findall(agent)
    if names and names[0] in _FIRST:
        return True
    return not _ANYWHERE.isdisjoint(names) or _OWN_PAGE.search(agent) is not None
