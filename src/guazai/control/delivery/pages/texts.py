"""Every text of the pages. Templates say them by key; some keys end in a state or a reason."""

from __future__ import annotations

from guazai.control.kernel.texts import Text

TEXTS: dict[str, Text] = {
    # The frame.
    "brand": Text("挂载", "Guazai"),
    "skip": Text("跳到正文", "Skip to the content"),
    "demo_banner": Text(
        "演示环境：账号与数据均为虚构，请勿输入真实信息。",
        "Demo: all people and data are made up. Do not enter anything real.",
    ),
    "language": Text("语言", "Language"),
    "nav": Text("主导航", "Main navigation"),
    "nav_console": Text("控制台", "Console"),
    "nav_accounts": Text("我的抖音号", "My accounts"),
    "nav_messages": Text("站内信", "Messages"),
    "messages_unread": Text("（{count} 条未读）", "({count} unread)"),
    "log_in": Text("登录", "Log in"),
    "log_out": Text("退出", "Log out"),
    "logged_in_as": Text("当前登录：", "Logged in as"),
    "times_note": Text("时间均为北京时间", "Times are Beijing time (UTC+8)"),
    "paging": Text("分页", "Pages"),
    "first_page": Text("回到第一页", "First page"),
    "next_page": Text("下一页", "Next page"),
    "error_prefix": Text("出错：", "Error:"),
    "keep": Text("暂不操作", "Leave it as it is"),
    # The login.
    "no_accounts_text": Text(
        "当前登录身份名下没有抖音号。抖音号由宿主 App 同步；如果登录错了身份，请退出后重新登录。",
        "You own no Douyin account here. Accounts are synced by the host app; if you logged in as"
        " somebody else, log out and in again.",
    ),
    "no_accounts_title": Text("还没有抖音号", "No accounts yet"),
    "login_title": Text("登录挂载", "Log in to Guazai"),
    "login_lead": Text(
        "开发者、审核员、平台运营和抖音号主都从这里登录。",
        "For developers, reviewers, operators and account owners alike.",
    ),
    "login_back": Text("登录后会回到你刚才打开的页面。", "You will return to the page you opened."),
    "login_name": Text("登录名", "Login"),
    "login_password": Text("密码", "Password"),
    "demo_title": Text("一键登录", "One-click login"),
    "demo_text": Text(
        "以演示中的任何一个人登录，看他能看到的一切。",
        "Enter as anybody of the demo, and see what they see.",
    ),
    "demo_developer": Text("小程序开发者", "Developers"),
    "demo_reviewer": Text("审核员", "Reviewers"),
    "demo_operator": Text("平台运营", "Operators"),
    "demo_owner": Text("抖音号主", "Account owners"),
    # What things are called.
    "mini_program": Text("小程序", "Mini program"),
    "legal_entity": Text("主体", "Legal entity"),
    "your_account": Text("你的抖音号", "Your account"),
    "aweme_id": Text("抖音号：{id}", "Douyin ID: {id}"),
    "surface": Text("展示位置", "Shown on"),
    "opens": Text("打开页面", "Opens"),
    "binding_kind": Text("绑定类型", "Kind of binding"),
    "kind_brand": Text("品牌号", "Brand"),
    "kind_brand_text": Text("抖音号属于该主体", "The account belongs to this legal entity"),
    "kind_employee": Text("员工号", "Employee"),
    "kind_employee_text": Text("号主在该主体任职", "The owner is employed by this legal entity"),
    "ends_on": Text("有效至", "Until"),
    "ends_on_text": Text("当天结束后绑定自动失效", "The binding lapses when that day is over"),
    "type_personal": Text("个人号", "Personal account"),
    "type_institution": Text("机构号", "Institution account"),
    "type_enterprise": Text("企业号", "Enterprise account"),
    "value_met": Text("符合", "Met"),
    "value_unmet": Text("不符合", "Not met"),
    "value_yes": Text("是", "Yes"),
    "value_no": Text("否", "No"),
    "value_unknown": Text("未知（没有数据，按不符合计）", "Unknown (no data counts as not met)"),
    "value_unavailable": Text("数值暂时无法查到", "The value cannot be looked up now"),
    "value_one_of": Text("{values} 之一", "One of {values}"),
    "value_none_of": Text("不在 {values} 中", "None of {values}"),
    # The consent page.
    "consent_title": Text("授权绑定抖音号", "Consent to a binding"),
    "consent_asks": Text("请求绑定你的抖音号", "asks to bind your Douyin account"),
    "grants_title": Text("同意后，该小程序可以", "If you consent, this mini program can"),
    "grants_entry": Text(
        "在你的个人页展示它的入口（一个抖音号只展示一个小程序）",
        "Show its entry on your profile page (an account shows one mini program only)",
    ),
    "grants_pages": Text(
        "设置入口打开的页面，每次修改都由平台审核",
        "Choose the page that the entry opens; the platform reviews every change",
    ),
    "grants_status": Text(
        "知道入口是否展示，但看不到你的账号数据",
        "See whether the entry is shown on your page, but not your account's figures",
    ),
    "withholds_title": Text("它不能", "It cannot"),
    "withholds_login": Text("获得你的密码、私信或个人资料", "Get your password, chats or identity"),
    "withholds_posts": Text("代你发布内容、关注或评论", "Post, follow or comment in your name"),
    "grants_end": Text(
        "你可以随时在「我的抖音号」解除绑定，入口会立即消失。",
        "You can end the binding at any time under “My accounts”; the entry disappears at once.",
    ),
    "number_label": Text(
        "输入开发者屏幕上的两位数字", "Enter the two digits on the developer's screen"
    ),
    "number_hint": Text(
        "数字显示在二维码旁边。填错后这个码会作废，需要换新的二维码。",
        "They stand beside the QR code. A wrong number voids this code, and a new one is needed.",
    ),
    "number_missing": Text(
        "请填写两位数字，例如 07。这次没有消耗授权码。",
        "Enter two digits, such as 07. The code has not been used up.",
    ),
    "phishing": Text(
        "如果二维码来自直播间、群聊或陌生人，或者没有人当面给你看数字，请不要同意。",
        "If the QR code came from a live room, a group chat or a stranger, or nobody shows you"
        " the digits, do not consent.",
    ),
    "consent": Text("同意绑定", "Consent"),
    "refuse": Text("拒绝", "Refuse"),
    "block": Text("屏蔽", "Block"),
    "code_expires": Text(
        "授权码 {at} 前有效（打开页面时还剩 {seconds} 秒）",
        "The code is valid until {at} ({seconds} seconds left when this page opened)",
    ),
    "request_expires": Text("绑定请求 {at} 前有效", "The request is valid until {at}"),
    # The list of accounts, and one account.
    "entry_of": Text("入口：", "Entry:"),
    "awaiting_count": Text("{count} 个请求待处理", "{count} awaiting you"),
    "state_shown": Text("展示中", "Shown"),
    "state_hidden": Text("暂不展示", "Hidden"),
    "state_none": Text("没有入口", "No entry"),
    "entry_none": Text(
        "这个位置还没有生效的小程序入口。你授权绑定后，开发者提交落地页，平台审核通过即会展示。",
        "No mini program has a live entry here. Once you consent to a binding, the developer"
        " submits a page, and it is shown when the platform has approved it.",
    ),
    "entry_in_review": Text(
        "「{app}」提交的落地页正在审核，通过后生效。",
        "A page submitted by “{app}” is in review; it goes live when approved.",
    ),
    "entry_version": Text("版本", "Version"),
    "why_hidden": Text("为什么没有展示", "Why it is hidden"),
    "see_preview": Text("访客看到的页面", "What visitors see"),
    "release": Text("移除入口", "Take the entry away"),
    "release_title": Text("移除个人页入口？", "Take the entry away?"),
    "release_lead": Text(
        "「{nickname}」个人页上的入口会立即消失，其他已绑定的小程序可以使用这个位置。",
        "The entry on “{nickname}” disappears at once, and other bound mini programs may use"
        " the place.",
    ),
    "release_in_review": Text(
        "「{app}」正在审核的落地页也会一并撤销。",
        "The page of “{app}” that is in review is withdrawn too.",
    ),
    "release_keeps": Text(
        "绑定会保留，对方以后可以重新提交落地页。要彻底结束，请解除绑定。",
        "The binding stays, so the developer may submit a page again. To stop that, end the"
        " binding.",
    ),
    # The creator rules.
    "rules_title": Text("抖音经营规范", "Creator rules"),
    "rules_passed": Text("已满足", "Met"),
    "rules_failed": Text("未满足", "Not met"),
    "rules_waiting": Text("待判定", "Not judged yet"),
    "rules_as_of": Text("数据日期", "Data of"),
    "rules_t1": Text("，每天更新一次（T+1）", ", updated once a day (T+1)"),
    "rules_no_feed": Text("数据每天更新一次（T+1）", "Data comes once a day (T+1)"),
    "rules_not_judged": Text(
        "平台还没有收到这个账号的数据，入口暂不展示。数据每天更新一次（T+1），无需你操作。",
        "The platform has no data about this account yet, so its entry is hidden. Data comes once"
        " a day (T+1); there is nothing you need to do.",
    ),
    "rules_not_subject": Text(
        "现行规范不适用于这类账号，视为满足。",
        "The rules in force do not apply to this type of account; it counts as meeting them.",
    ),
    "rules_automatic": Text(
        "全部满足后，入口会自动恢复展示，无需重新申请。",
        "Once all are met, the entry is shown again by itself; nothing has to be applied for.",
    ),
    "met": Text("满足", "Met"),
    "unmet": Text("不满足", "Not met"),
    "now": Text("当前", "Now"),
    "required": Text("要求", "Required"),
    "how_to_fix": Text("如何改善：", "How to mend it:"),
    # Why an entry is hidden, and who can mend it.
    "why_capability_not_granted": Text(
        "小程序的挂载能力未开通或已被收回", "The mini program does not have the capability"
    ),
    "why_mini_program_offline": Text("小程序未上线", "The mini program is not online"),
    "why_binding_not_active": Text("绑定未生效", "There is no active binding"),
    "why_landing_not_live": Text("还没有生效的落地页", "No page is live yet"),
    "why_slot_occupied": Text("入口位置已被其他小程序使用", "Another mini program holds the place"),
    "why_page_missing": Text(
        "小程序的线上版本里没有入口要打开的页面",
        "The mini program's published version lacks the page that the entry opens",
    ),
    "why_account_not_eligible": Text(
        "账号暂不满足《抖音经营规范》，逐条结果见「抖音经营规范」一栏",
        "The account does not meet the creator rules; see each of them under “Creator rules”",
    ),
    "why_not_judged_yet": Text(
        "还没有这个账号的经营规范数据", "There is no data about this account yet"
    ),
    "why_industry_closed": Text(
        "小程序所在行业暂未对访客开放", "The mini program's industry is not open to visitors"
    ),
    "why_account_denied": Text("平台封禁了这个抖音号的入口", "The platform denied this account"),
    "why_mini_program_denied": Text(
        "平台封禁了这个小程序的入口", "The platform denied this mini program"
    ),
    "why_legal_entity_denied": Text(
        "平台封禁了该主体的入口", "The platform denied this legal entity"
    ),
    "why_global_denied": Text("平台暂时关闭了全部入口", "The platform closed all entries for now"),
    "mender_developer": Text("由小程序开发者处理", "The developer can mend this"),
    "mender_owner": Text("由你处理", "You can mend this"),
    "mender_operator": Text(
        "由平台处理，可联系平台客服", "The platform decides; contact its support"
    ),
    "mender_reviewer": Text("等待平台审核", "The platform is reviewing it"),
    "mender_host": Text("由宿主 App 处理", "The host app can mend this"),
    # Bindings.
    "bindings_title": Text("小程序绑定", "Bindings"),
    "bindings_open": Text("当前", "Current"),
    "bindings_past": Text("历史", "Past"),
    "bindings_none": Text("没有进行中的绑定或请求。", "No bindings or requests."),
    "bindings_none_past": Text("没有历史记录。", "Nothing in the past."),
    "consent_needs_code": Text(
        "同意绑定必须扫描开发者出示的二维码，或打开对应链接。",
        "To consent, scan the QR code on the developer's screen or open its link.",
    ),
    "requested_at": Text("请求时间", "Requested"),
    "consented_at": Text("授权时间", "Consented"),
    "ended_at": Text("结束时间", "Ended"),
    "expires_at": Text("请求有效期至", "Valid until"),
    "status_awaiting_consent": Text("待你授权", "Awaiting your consent"),
    "status_active": Text("已绑定", "Bound"),
    "status_refused": Text("已拒绝", "Refused"),
    "status_cancelled": Text("对方已撤回", "Cancelled"),
    "status_expired": Text("已过期", "Expired"),
    "status_ended": Text("已解除", "Ended"),
    "status_lapsed": Text("已失效", "Lapsed"),
    "outcome_awaiting_consent": Text(
        "「{app}」请求绑定「{nickname}」。同意请扫描开发者出示的二维码；不同意可以直接拒绝。",
        "“{app}” asks to bind “{nickname}”. To consent, scan the QR code on the developer's"
        " screen; to refuse, you need no code.",
    ),
    "outcome_active": Text(
        "「{app}」已与「{nickname}」绑定。开发者提交的落地页通过平台审核后，入口会出现在你的个人页。",
        "“{app}” is bound to “{nickname}”. Its entry appears on your profile page once the"
        " platform has approved the page that the developer submits.",
    ),
    "outcome_refused": Text(
        "你拒绝了「{app}」对「{nickname}」的绑定请求，24 小时内它不能再次请求。",
        "You refused the request of “{app}” to bind “{nickname}”. It cannot ask again for"
        " 24 hours.",
    ),
    "outcome_cancelled": Text(
        "「{app}」撤回了对「{nickname}」的绑定请求。",
        "“{app}” cancelled its request to bind “{nickname}”.",
    ),
    "outcome_expired": Text(
        "「{app}」对「{nickname}」的绑定请求已过期。如需绑定，请让开发者重新发起。",
        "The request of “{app}” to bind “{nickname}” has expired. To bind it, ask the developer"
        " for a new request.",
    ),
    "outcome_ended": Text(
        "「{app}」与「{nickname}」的绑定已解除，它的入口不再展示。",
        "The binding of “{app}” with “{nickname}” has ended; its entry is not shown any more.",
    ),
    "outcome_lapsed": Text(
        "「{nickname}」与「{app}」主体的关系已不成立，绑定自动失效。",
        "“{nickname}” is no longer tied to the legal entity of “{app}”, so the binding lapsed.",
    ),
    "end": Text("解除绑定", "End the binding"),
    "end_title": Text("解除绑定？", "End the binding?"),
    "end_lead": Text(
        "解除后「{app}」不能再在「{nickname}」的个人页展示入口，已有的入口立即消失，审核中的落地页会撤销。"
        "对方会收到通知；要恢复，须重新请求并由你授权。",
        "“{app}” can no longer show an entry on “{nickname}”. Its entry disappears at once and a"
        " page in review is withdrawn. The developer is told; to undo it, they must ask again and"
        " you must consent again.",
    ),
    "end_takes_entry": Text(
        "现在生效的入口会消失，它打开：", "Its live entry will disappear. It opens:"
    ),
    "end_button": Text("确认解除", "End it"),
    "refuse_title": Text("拒绝绑定请求？", "Refuse the request?"),
    "refuse_lead": Text(
        "「{app}」不会与「{nickname}」绑定，24 小时内不能再次请求。对方会收到通知。",
        "“{app}” will not be bound to “{nickname}”, and cannot ask again for 24 hours. The"
        " developer is told.",
    ),
    "refuse_button": Text("确认拒绝", "Refuse it"),
    "block_title": Text("屏蔽这个小程序？", "Block this mini program?"),
    "block_lead": Text(
        "「{app}」待处理的请求会被拒绝，以后也不能再请求绑定「{nickname}」，直到你解除屏蔽。",
        "Waiting requests of “{app}” are refused, and it cannot ask to bind “{nickname}” again"
        " until you unblock it.",
    ),
    "block_button": Text("确认屏蔽", "Block it"),
    "block_keeps_active": Text(
        "现有的绑定不受影响；不再需要时请另外解除。",
        "The binding you have stays as it is; end it separately if you want that.",
    ),
    "blocked_note": Text(
        "你已屏蔽「{app}」，它不能再请求绑定这个抖音号。",
        "You blocked “{app}”; it cannot ask to bind this account again.",
    ),
    "blocks_title": Text("已屏蔽的小程序", "Blocked mini programs"),
    "blocks_text": Text("它们不能请求绑定这个抖音号。", "They cannot ask to bind this account."),
    "blocked_since": Text("屏蔽于", "Since"),
    "unblock": Text("解除屏蔽", "Unblock"),
    # Messages.
    "messages_none": Text("还没有站内信。", "No messages yet."),
    "read_all": Text("全部标为已读", "Mark all as read"),
    "mark_read": Text("标为已读", "Mark as read"),
    "open_subject": Text("查看", "Open"),
    "unread": Text("未读：", "Unread:"),
    # A link that opens a mini program.
    "link_from": Text("小程序，来自", "A mini program of"),
    "link_open": Text("在{host}中打开", "Open in {host}"),
    "link_hint": Text(
        "请在已安装{host}的手机上打开。没有反应时，请在浏览器中打开此页面后再试。",
        "Open this on a phone that has {host}. If nothing happens, open this page in a browser"
        " and try again.",
    ),
    "link_expires": Text("链接 {at} 前有效", "The link is valid until {at}"),
    "host_douyin": Text("抖音", "Douyin"),
    "host_douyinlite": Text("抖音极速版", "Douyin Lite"),
    "host_toutiao": Text("今日头条", "Toutiao"),
    "host_toutiaolite": Text("今日头条极速版", "Toutiao Lite"),
    # The preview.
    "preview_label": Text("访客看到的个人页", "The profile page as visitors see it"),
    "preview_not_live": Text("预览，尚未生效", "Preview, not live"),
    "preview_is_live": Text("预览，当前已生效", "Preview of what is live"),
    "preview_shown": Text(
        "访客现在能看到这个入口。内容来自线上解析服务的真实应答。",
        "Visitors see this entry now. It is the live resolver's own answer.",
    ),
    "preview_none": Text(
        "访客现在看不到挂载入口：线上解析服务没有返回入口。号主登录后可以查看原因。",
        "Visitors see no entry now: the live resolver has none. The account's owner can log in to"
        " see why.",
    ),
    "preview_unknown": Text(
        "暂时无法读取入口，请稍后重试。", "The entry cannot be read right now."
    ),
    "preview_unknown_note": Text(
        "线上解析服务没有应答，这里不猜测入口是否展示。",
        "The live resolver did not answer, and this page does not guess.",
    ),
    "reload": Text("重新加载", "Try again"),
    # Refusals.
    "refused": Text("操作没有完成", "That did not work"),
    "not_found_text": Text(
        "地址可能有误，或者内容不属于当前登录的身份。",
        "The address may be wrong, or what it names is not yours.",
    ),
    "back_to_accounts": Text("回到我的抖音号", "Back to my accounts"),
    "back_to_start": Text("回到首页", "Back to the start"),
    "code": Text("错误码", "Code"),
    "request_id": Text("请求编号", "Request"),
}
#: What a refusal is called, by its code; others are called ``refused``.
TITLES: dict[str, Text] = {
    "not_found": Text("没有找到这个页面", "Page not found"),
    "csrf_failed": Text("无法完成操作", "Not allowed"),
    "internal": Text("服务出错了", "Something went wrong"),
    "consent_code_invalid": Text("授权码无效", "This code is not valid"),
    "consent_code_expired": Text("授权码已过期", "This code has expired"),
    "consent_number_wrong": Text("数字不一致", "The digits do not match"),
    "binding_request_expired": Text("绑定请求已过期", "The request has expired"),
    "link_expired": Text("链接已过期", "This link has expired"),
    "link_closed": Text("小程序暂时无法打开", "The mini program cannot be opened now"),
}
#: What helps beside a refusal's own text, by its code.
HINTS: dict[str, Text] = {
    "consent_code_invalid": Text(
        "授权码只能使用一次，并且只有被绑抖音号的号主能打开。如果登录错了身份，请退出后重新登录。",
        "A code works once, and only for the owner of the account that it names. If you logged in"
        " as somebody else, log out and in again.",
    ),
    "consent_code_expired": Text(
        "授权码的有效期很短。请让开发者在控制台重新生成二维码，再次扫描即可；绑定请求本身不受影响。",
        "Codes are short-lived. Ask the developer to show a new QR code and scan it; the request"
        " itself is still there.",
    ),
    "consent_number_wrong": Text(
        "没有绑定任何小程序。请让开发者重新生成二维码，并核对屏幕上的数字。",
        "Nothing was bound. Ask the developer for a new QR code and check the digits on the"
        " screen.",
    ),
    "wrong_state": Text(
        "状态可能刚刚发生变化，请返回查看最新状态。",
        "It may have changed just now; go back to see how it stands.",
    ),
}
