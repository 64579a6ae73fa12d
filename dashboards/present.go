package dashboards

// presentName in an address shows a page one part after another, large, for a
// room. The page is the same; its script does the rest.
const presentName = "present"
